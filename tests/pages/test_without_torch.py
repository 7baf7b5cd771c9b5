"""Pages before PyTorch is there: what they show already, that nothing of it imports PyTorch, and what follows."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from held_back import LINE, WAITS

from explorer import zoo
from explorer.recipe import AUGMENTATIONS, Chosen, Recipe, choose
from explorer.ui.app import torch_import
from explorer.ui.session import draft

MAPS = '"thumbnail"'  # of units, in the canvas's picture
SCRIPT = Path(__file__).parent / "held_back.py"


def visit(page: str, **address: str) -> tuple[str, str]:
    """What the page of a new server shows while the import of PyTorch is held back, and at last."""
    command = [sys.executable, str(SCRIPT), page, *(f"{name}={value}" for name, value in address.items())]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    shown, _, asking = done.stdout.rpartition("asked by")
    assert LINE in shown and set(asking.split()) <= {"torch-import"}, done.stdout[-2000:] + done.stderr[-4000:]
    first, at_last = shown.split(LINE)
    return first, at_last


def saved(recipe: Recipe) -> str:
    """The id of a draft of this recipe."""
    kept = draft.Draft("a" * 32, recipe)
    draft.store().save(kept, writer="test", based_on_revision=0)
    return kept.id


def with_channels(channels: int) -> Recipe:
    """A recipe for LeNet whose shapes are known for 6 channels, and have to be measured for 7."""
    recipe = zoo.recipe("lenet_relu")
    nodes = tuple(replace(node, params={**node.params, "out_channels": channels}) if node.id == "conv1" else node
                  for node in recipe.network.nodes)
    return recipe.with_(network=recipe.network.with_(nodes=nodes))


@pytest.mark.slow
@pytest.mark.parametrize(("page", "expected", "then"), [
    ("train", ("layerscope_live", "test accuracy", "Layer statistics", "Optimizer", "Inspect"), "Doctor"),
    ("inspect", ("Run",), "layerscope_map"),
    ("slow_motion", ("layerscope_canvas", "Back to Train"), "Next batch")])
def test_a_run_is_shown_before_torch_is_there_and_the_rest_of_it_then(page, expected, then, finished):
    first, at_last = visit(page, run=finished("digits").id, net=saved(zoo.recipe("lenet_relu")))
    for words in (*expected, WAITS):
        assert words in first
    assert then not in first
    assert then in at_last and WAITS not in at_last


@pytest.mark.slow
@pytest.mark.parametrize(("channels", "page", "expected", "then"), [
    (6, "build", "61,706 parameters", "Memory per training step"),
    (7, "build", "layerscope_canvas", "Memory per training step"),
    (6, "train", "Optimizer", "Optimizer"),
    (7, "train", "layerscope_live", "Optimizer")])
def test_a_network_is_shown_before_torch_is_there_with_its_shapes_where_they_are_known(channels, page, expected, then):
    first, at_last = visit(page, net=saved(with_channels(channels)))
    assert expected in first and WAITS in first
    assert then in at_last and WAITS not in at_last


@pytest.mark.slow
def test_the_units_of_the_playground_get_their_maps_once_torch_is_there():
    first, at_last = visit("train", net=saved(zoo.recipe("playground")))
    assert WAITS in first and MAPS not in first
    assert MAPS in at_last


@pytest.mark.slow
@pytest.mark.parametrize(("page", "expected"), [
    ("home", "layerscope_network_cards"), ("inspect", "There is no run to inspect"), ("build", "No network is open"),
    ("train", "No network is open")])
def test_a_page_that_needs_no_torch_waits_for_none(page, expected):
    first, at_last = visit(page)
    assert expected in first and WAITS not in first
    assert expected in at_last


@pytest.mark.slow
def test_what_a_run_recorded_waits_for_no_form(finished):
    first, at_last = visit("train", run=finished("digits").id, net=saved(with_channels(7)))
    assert "Layer statistics" in first and "Optimizer" not in first and WAITS in first
    assert "Optimizer" in at_last


@pytest.mark.slow
def test_samples_are_augmented_only_once_torch_is_there():
    recipe = with_channels(6).with_(data=Chosen("digits"), augmentation=(choose(AUGMENTATIONS, "flip", {}),))
    first, _at_last = visit("train", net=saved(recipe))
    assert "Optimizer" in first and WAITS in first


@pytest.mark.slow
def test_a_fix_that_has_to_be_measured_is_offered_only_once_torch_is_there():
    first, at_last = visit("train", net=saved(zoo.recipe("lenet_relu").with_(data=Chosen("alice"))))
    assert WAITS in first and "reads numbers" not in first
    assert "reads numbers" in at_last


def test_torch_is_there_once_it_is_imported_and_nothing_imports_it_anymore():
    torch_import.start_torch().join()
    assert torch_import.torch_is_there()
    assert not [thread for thread in threading.enumerate() if thread.name == "torch-import"]


def test_torch_is_not_there_while_anybody_else_imports_it(monkeypatch):
    torch_import.start_torch().join()
    monkeypatch.setattr(sys.modules["torch"].__spec__, "_initializing", True, raising=False)
    assert not torch_import.torch_is_there()
