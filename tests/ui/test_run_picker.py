"""Runs to choose from, in words: no two alike."""

from explorer import zoo
from explorer.training import RunStore
from explorer.ui.data.run_picker import recent_runs


def test_runs_of_one_recipe_and_minute_are_told_apart(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path))
    store = RunStore()
    runs = [store.create(zoo.recipe("lenet_relu"), "me") for _again in range(3)]
    found = recent_runs("me")
    assert found.keys() == {run.id for run in runs} and len(set(found.values())) == 3
