"""Recent runs in words: by owner, the latest first, damaged ones left out."""

from __future__ import annotations

import pytest

from explorer import zoo
from explorer.training import RunStore
from explorer.ui.data.run_picker import describe_run, recent_runs

MINE, THEIRS = "a" * 32, "b" * 32


@pytest.fixture
def store(monkeypatch, tmp_path) -> RunStore:
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    return RunStore()


def test_a_run_is_named_by_network_data_and_time(store):
    run = store.create(zoo.recipe("mlp"), MINE)
    name, data, _when = describe_run(run).split(" · ")
    assert (name, data) == (zoo.recipe("mlp").network.name[:30], zoo.recipe("mlp").data.name)
    assert describe_run(run, with_state=True).startswith(f"{describe_run(run)} · ")


def test_only_the_latest_runs_of_a_browser_are_listed(store):
    runs = [store.create(zoo.recipe("mlp"), owner) for owner in (MINE, MINE, THEIRS, "")]
    assert set(recent_runs(MINE, 12)) == {runs[0].id, runs[1].id, runs[3].id}
    assert len(recent_runs(MINE, 2)) == 2


def test_a_damaged_run_is_left_out(store):
    damaged, whole = store.create(zoo.recipe("mlp"), MINE), store.create(zoo.recipe("mlp"), MINE)
    (damaged.folder / "recipe.json").write_text("{")
    assert describe_run(damaged) == ""
    assert list(recent_runs(MINE, 12)) == [whole.id]


def test_runs_of_one_recipe_and_minute_are_told_apart(store):
    runs = [store.create(zoo.recipe("lenet_relu"), MINE) for _again in range(3)]
    found = recent_runs(MINE)
    assert found.keys() == {run.id for run in runs} and len(set(found.values())) == 3
