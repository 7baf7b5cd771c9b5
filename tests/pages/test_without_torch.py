"""Pages before PyTorch is there: what they show already, and that nothing of it imports PyTorch."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from first_visit import WAITS

from explorer import zoo
from explorer.recipe import Recipe
from explorer.ui.app import torch_import
from explorer.ui.session import draft

SCRIPT = Path(__file__).parent / "first_visit.py"


def visit(page: str, **address: str) -> str:
    """What the page of a server without PyTorch shows."""
    command = [sys.executable, str(SCRIPT), page, *(f"{name}={value}" for name, value in address.items())]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    *shown, imported = done.stdout.strip().split("\n") or [""]
    assert imported == "False", done.stderr[-2000:]
    return "\n".join(shown)


def saved(recipe: Recipe) -> str:
    """The id of a draft of this recipe."""
    kept = draft.Draft("a" * 32, recipe)
    draft.store().save(kept, writer="test", based_on_revision=0)
    return kept.id


@pytest.mark.slow
@pytest.mark.parametrize(("page", "expected"), [
    ("train", ("layerscope_live", "test accuracy", "Inspect")),
    ("inspect", ("Run",)),
    ("slow_motion", ("layerscope_canvas", "Back to Train"))])
def test_a_run_is_shown_before_torch_is_there(page, expected, finished):
    shown = visit(page, run=finished("digits").id, net=saved(zoo.recipe("lenet_relu")))
    for words in (*expected, WAITS):
        assert words in shown


@pytest.mark.slow
@pytest.mark.parametrize(("channels", "page", "expected"), [
    (6, "build", "61,706 parameters"), (7, "build", "layerscope_canvas"), (6, "train", "Optimizer"),
    (7, "train", "layerscope_live")])
def test_a_network_is_shown_before_torch_is_there_with_its_shapes_where_they_are_known(channels, page, expected):
    recipe = zoo.recipe("lenet_relu")
    nodes = tuple(replace(node, params={**node.params, "out_channels": channels}) if node.id == "conv1" else node
                  for node in recipe.network.nodes)
    shown = visit(page, net=saved(recipe.with_(network=recipe.network.with_(nodes=nodes))))
    assert expected in shown and WAITS in shown


def test_torch_is_there_once_it_is_imported_and_nothing_imports_it_anymore():
    torch_import.start_torch().join()
    assert torch_import.torch_is_there()
    assert not [thread for thread in threading.enumerate() if thread.name == "torch-import"]
