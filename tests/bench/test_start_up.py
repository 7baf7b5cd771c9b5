"""The two starts that are compared do the same step; nothing here is timed against a limit."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from torch import optim

from explorer import bench, network
from explorer.__main__ import main
from explorer.bench import start_up
from explorer.bench.start_up import Took
from explorer.recipe import Recipe
from explorer.training import load_parts
from explorer.training.loop.torch_settings import torch_kept


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """The folder of the run of one step that is timed."""
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path))
    python_m, _explorer, *arguments = start_up.one_step_arguments("cpu")
    assert main(arguments) == 0
    told = json.loads(capsys.readouterr().out)
    assert (python_m, told["steps"], told["state"]) == ("-m", 1, "finished")
    return Path(told["run"])


def test_the_script_by_hand_takes_the_step_of_the_run(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["-c", "cpu"])
    hand: dict = {}
    with torch_kept():
        exec(start_up.BY_HAND, hand)
    recipe = Recipe.load(run / "recipe.json")
    models = hand["model"], network.build(recipe.network)
    assert len({tuple(parameter.shape for parameter in model.parameters()) for model in models}) == 1
    assert hand["inputs"].shape == load_parts(recipe).train.inputs.shape
    assert recipe.optimizer.name == "adam" and isinstance(hand["optimizer"], optim.Adam)
    assert hand["optimizer"].defaults["lr"] == recipe.optimizer.params["lr"]
    assert recipe.deterministic


def test_starts_are_compared_by_time_and_the_first_pair_is_not_counted() -> None:
    ours = iter([Took(9, 9), Took(4, 3), Took(4, 3), Took(4, 3)])
    theirs = iter([Took(9, 1), Took(2, 2), Took(1, 2), Took(2, 2)])
    result, took = start_up.in_turn(lambda: next(ours), lambda: next(theirs), 3)
    assert (result.ratio, result.cpu_ratio) == (2.0, 1.5)
    assert [one.wall_s for one in took[1]] == [2, 1, 2]


@pytest.mark.slow
def test_the_measurement_ends_with_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main("start_up", True, "cpu", bench.Effort(slow_pairs=1, starts=1)) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["start_up"] > 0 and found["start_up_first_line_s"] > 0 and found["start_up_spare_s"] > 0
