"""Train's Export: what can be downloaded when, and that nothing is made before it is asked for."""

from __future__ import annotations

import pytest

from explorer import zoo
from explorer.training.records.export import FORMATS
from explorer.ui.train import run_export


def downloads(at):
    return {button.key.partition("/")[2]: button for button in at.get("download_button") if
            (button.key or "").startswith("export/")}


def test_without_a_run_there_is_nothing_to_take_away(open_app, sound):
    at = sound(open_app("train", zoo.recipe("lenet_relu")))
    assert downloads(at) == {}


@pytest.mark.parametrize("name", ["digits", "line"])
def test_a_finished_run_offers_every_format_and_makes_none_by_itself(open_app, sound, finished, monkeypatch, name):
    made = []
    monkeypatch.setattr(run_export, "pack_run", lambda run, kind: made.append(kind))
    run = finished(name)
    at = sound(open_app("train", run.recipe, run=run.id))
    found = downloads(at)
    assert list(found) == list(FORMATS)
    assert not any(button.proto.disabled for button in found.values())
    sound(at.run())
    assert made == []


@pytest.mark.parametrize("spoil", ["no step", "damaged"])
def test_without_numbers_only_the_recipe_can_be_taken_away(open_app, sound, finished, spoil):
    run = finished()
    run.metrics_path.unlink() if spoil == "no step" else run.metrics_path.write_bytes(b"no database" * 500)
    found = downloads(sound(open_app("train", run.recipe, run=run.id)))
    assert [kind for kind, button in found.items() if not button.proto.disabled] == ["json"]
