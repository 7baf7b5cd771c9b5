"""The live charts in Python: their look and words, what is laid over a boundary, and that live.js is up to date."""

from __future__ import annotations

import base64
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from explorer.figures.theme import Theme, contrast
from explorer.results import Field2D, Scatter
from explorer.training.runs.store import STATES
from explorer.ui.widgets.components import live
from explorer.ui.widgets.components.live.live_look import pack_look, pack_overlay, pack_states
from explorer.ui.widgets.components.live.live_words import live_words
from tests.ui.bundles import built_again, built_files, first_line, hash_sources, long_modules

FOLDER = Path(live.__file__).parent


def field(values: np.ndarray) -> Field2D:
    ends = np.linspace(-1, 2, 4, dtype=np.float32)
    return Field2D("Boundary", ends, ends, values, Scatter("", ends, ends, "x", "y"))


@pytest.mark.parametrize("dark", [False, True])
def test_every_word_is_legible_in_its_color(dark):
    theme = Theme(dark)
    look = pack_look(theme)
    words = [look["muted"], look["text"], look["accent"], look["warning"]["color"], look["valid"]["color"],
             *(role["text"] for name, role in look["roles"].items() if name != "coming"),
             *(state["color"] for state in pack_states(theme).values())]
    assert all(contrast(color, theme.background) >= 4.5 for color in words)


def test_the_look_goes_to_the_browser_as_json_and_follows_the_projector():
    assert json.loads(json.dumps(pack_look(Theme(scale=1.25))))["scale"] == 1.25


def test_every_state_of_a_run_has_an_icon_beside_its_color():
    assert set(STATES) <= set(pack_states(Theme()))


def test_an_earlier_boundary_is_packed_in_255_steps_of_probability():
    values = np.linspace(0, 1, 32, dtype=np.float32).reshape(4, 4, 2)
    packed = pack_overlay(field(values), "first try")
    bytes_ = np.frombuffer(base64.b64decode(packed["probabilities"]), np.uint8).reshape(packed["shape"])
    assert np.abs(bytes_ / 255 - values).max() < 0.002
    assert packed["x"] == packed["y"] == [-1.0, 2.0]
    json.dumps(packed)


def test_an_earlier_boundary_that_is_no_number_is_packed_all_the_same():
    packed = pack_overlay(field(np.full((4, 4, 1), np.nan, np.float32)), "")
    assert set(base64.b64decode(packed["probabilities"])) == {0}


def test_the_browser_has_every_word_that_it_asks_for_and_no_other():
    source = "\n".join(file.read_text(encoding="utf-8") for file in sorted((FOLDER / "src").rglob("*.ts")))
    asked = set(re.findall(r"\bwords\.(\w+)\b(?!\()", source))
    by_name = {"epochs", "steps", "title_loss", "title_accuracy"}
    assert asked | by_name == set(live_words())


def test_the_built_file_is_that_of_its_sources():
    assert first_line(live.BUILT) == f"// sources {hash_sources(FOLDER)}", "out of date: run `npm ci && npm run build`"


def test_no_module_of_the_live_charts_is_too_long():
    assert long_modules(FOLDER) == {}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_a_fresh_build_is_the_same_to_the_byte(tmp_path):
    assert built_again(FOLDER, tmp_path) == built_files(FOLDER)
