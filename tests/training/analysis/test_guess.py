"""A guess made before a run is kept with it and held against what came."""

from __future__ import annotations

import pytest
from small_runs import plane_recipe

from explorer.training.analysis.guess import Guess, guess_of, reached_in, write_guess
from explorer.training.records.metrics import EpochRow
from explorer.training.runs.store import RunStore


def row(epoch: int, accuracy: float | None) -> EpochRow:
    return EpochRow(epoch, 10 * epoch, {} if accuracy is None else {"validation": {"accuracy": accuracy}})


def epochs(*accuracies: float | None) -> list[EpochRow]:
    return [row(epoch, accuracy) for epoch, accuracy in enumerate(accuracies, 1)]


@pytest.mark.parametrize(("accuracies", "epoch"), [
    ((0.2, 0.91, 0.8, 0.95), 2), ((0.9,), 1), ((0.2, 0.8999), None), ((), None), ((None, 0.99), 2)])
def test_the_first_epoch_at_the_level_counts(accuracies: tuple[float | None, ...], epoch: int | None) -> None:
    assert reached_in(Guess(3), epochs(*accuracies)) == epoch


def test_a_guess_is_kept_with_its_run_and_a_damaged_one_is_none(store: RunStore) -> None:
    run = store.create(plane_recipe())
    assert guess_of(run) is None
    write_guess(run, Guess(7))
    assert guess_of(run) == Guess(7, 0.9)
    for damage in ("", "[]", "{}", '{"epoch": "soon", "level": 1}'):
        (run.folder / "wager.json").write_text(damage)
        assert guess_of(run) is None
