"""Runs that an earlier version recorded, and one of a later version, on every page. See tests/old_runs/README.md."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from live_parts import watched

from explorer.training import Run

OLD_RUNS = Path(__file__).resolve().parents[1] / "old_runs"
EXPECTED = json.loads((OLD_RUNS / "expected.json").read_text())
STOPPED = "432fe065d26b53cefec754b016aee9c4"
PAGES = ("home", "build", "train", "inspect", "slow_motion")


@pytest.fixture
def old(tmp_path):
    """A copy of the run of this id, where the app finds it."""
    def copy(run_id: str) -> Run:
        return Run(shutil.copytree(OLD_RUNS / run_id, tmp_path / "runs" / run_id))
    return copy


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("run_id", EXPECTED)
def test_every_page_opens_a_run_of_an_earlier_version(open_app, sound, old, run_id, page):
    run = old(run_id)
    at = sound(open_app(page, run=run.id))
    assert not at.error
    if page == "train":
        got = watched(at)
        assert (len(got.arrays["step"]), got.meta["state"]) == (EXPECTED[run_id]["steps"], EXPECTED[run_id]["state"])
    if page == "home":
        assert any(button.key == f"open/{run.id}" for button in at.button)


@pytest.mark.parametrize("page", PAGES)
def test_a_run_of_a_later_version_shows_one_sentence_and_is_left_as_it_is(open_app, sound, old, page):
    run = old(STOPPED)
    stored = json.loads((run.folder / "status.json").read_text())
    (run.folder / "status.json").write_text(json.dumps({**stored, "version": 2, "state": "training"}))
    before = {path: path.read_bytes() for path in run.folder.rglob("*") if path.is_file()}
    at = sound(open_app(page, run=run.id))
    if page == "train":
        assert watched(at).meta["reason"] == "This run was recorded by a newer version of Layerscope."
        assert not [button for button in at.button if button.key in ("continue", "stop", "pause", "cancel")]
    assert {path: path.read_bytes() for path in run.folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("page", ("train", "inspect", "slow_motion"))
def test_a_run_whose_recipe_is_of_a_later_version_shows_one_sentence(open_app, sound, old, page):
    run = old(STOPPED)
    document = run.recipe.to_dict()
    document["rules"]["split"] = 2
    (run.folder / "recipe.json").write_text(json.dumps(document))
    before = {path: path.read_bytes() for path in run.folder.rglob("*") if path.is_file()}
    at = sound(open_app(page, run=run.id))
    sentence = "This recipe follows version 2 of the rule Split; this Layerscope knows versions up to 1."
    assert [words.value for words in (*at.error, *at.warning) if "Split" in words.value] == [sentence]
    assert {path: path.read_bytes() for path in run.folder.rglob("*") if path.is_file()} == before
