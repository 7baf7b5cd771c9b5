"""The canvas in Python: what the browser sends is checked, each message is handled once, canvas.js is up to date."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from hypothesis import given, settings
from hypothesis import strategies as some

from explorer.document import Problem
from explorer.figures.theme import Theme, contrast
from explorer.text import text
from explorer.ui.canvas import component
from explorer.ui.canvas.component import read_canvas
from explorer.ui.canvas.component.messages import COMMANDS, Command, GraphDrawn, Selected, read_messages
from explorer.ui.canvas.component.packing import pack_look, pack_picture
from explorer.ui.canvas.component.picture import CanvasPicture, DrawnEdge, DrawnNode, Kind, NodeSummary, Shelf
from explorer.ui.canvas.component.words import canvas_words
from explorer.ui.widgets.thumbnail import color_table
from tests.ui.bundles import built_again, built_files, first_line, hash_sources, long_modules

FOLDER = Path(component.__file__).parent
NODE = {"id": "conv1", "block": "conv2d", "params": {"out_channels": 6}, "at": [1, 2.25]}
EDGE = {"source": "input", "target": "conv1", "port": 0}
GRAPH = {"kind": "graph", "revision": 3, "nodes": [NODE], "edges": [EDGE], "closing": [["a", "b", 1]],
         "selected": ["x"]}
CONV = Kind("conv2d", "Conv2d", "convolution", "Slides a window.")


def read(*items, after: int = 0):
    numbered = read_messages([{"seq": i + 1, **item} for i, item in enumerate(items)], after)
    return [message for _number, message in numbered if message is not None]


def test_a_graph_is_read_whole():
    [drawn] = read(GRAPH)
    assert drawn == GraphDrawn(3, (DrawnNode("conv1", "conv2d", {"out_channels": 6}, (1.0, 2.2)),),
                               (DrawnEdge("input", "conv1", 0),), (("a", "b", 1),), ("x",))


def test_an_edge_says_which_output_it_takes():
    [drawn] = read({**GRAPH, "edges": [{**EDGE, "source_port": 2}]})
    assert drawn.edges == (DrawnEdge("input", "conv1", 0, source_port=2),)


def test_selections_and_commands_are_read():
    sent = read({"kind": "select", "nodes": ["a"]}, {"kind": "undo"}, {"kind": "fix", "node": "", "place": 1},
                {"kind": "show_preview", "on": True}, {"kind": "group", "nodes": ["a", "b"]})
    assert sent == [Selected(("a",)), Command("undo", {}), Command("fix", {"node": "", "place": 1}),
                    Command("show_preview", {"on": True}), Command("group", {"nodes": ("a", "b")})]


def test_another_weight_is_asked_for_with_a_number_be_it_written_whole():
    wanted = {"kind": "set_weight", "parameter": "linear1.weight", "target": 3, "source": 0}
    sent = read({**wanted, "value": 0.5}, {**wanted, "value": 1}, *({**wanted, "value": value} for value in
                (None, "1", True, float("nan"), float("inf"), [1])), {**wanted, "value": 1, "target": 3.0},
                {**wanted, "value": 1, "parameter": 1})
    assert [message.arguments["value"] for message in sent] == [0.5, 1.0]
    assert sent[0] == Command("set_weight", {"parameter": "linear1.weight", "target": 3, "source": 0, "value": 0.5})


@pytest.mark.parametrize("change", [
    {"revision": "3"}, {"revision": True}, {"nodes": {}}, {"nodes": [3]}, {"nodes": [{**NODE, "id": 4}]},
    {"nodes": [{**NODE, "params": []}]}, {"nodes": [{**NODE, "at": [1]}]}, {"nodes": [{**NODE, "at": [1, None]}]},
    {"nodes": [{**NODE, "at": [1, float("nan")]}]}, {"nodes": [{**NODE, "at": [1e9, 0]}]}, {"nodes": None},
    {"nodes": [{**NODE, "params": {"x": "y" * 200_000}}]}, {"nodes": [{**NODE, "params": {"x": float("inf")}}]},
    {"edges": [{**EDGE, "port": 0.0}]}, {"edges": [{**EDGE, "source_port": "0"}]},
    {"edges": [{**EDGE, "port": False}]}, {"edges": [[1, 2]]}, {"edges": {}},
    {"closing": [["a", "b"]]}, {"selected": "x"}, {"selected": [1]}, {"kind": "delete_everything"}, {"kind": None},
    {"nodes": [NODE] * 5_001}, {"kind": "fix", "place": "0", "node": "a"}, {"kind": "open"},
    {"kind": "group", "nodes": "ab"},
])
def test_what_is_malformed_is_dropped_and_the_rest_is_read(change):
    assert read({**GRAPH, **change}, {"kind": "undo"}) == [Command("undo", {})]


JSON = some.recursive(some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=5),
                      lambda inner: some.lists(inner, max_size=3) | some.dictionaries(
                          some.sampled_from([*GRAPH, *NODE, *EDGE, "seq", "node", "place", "on", "depth"]), inner,
                          max_size=5), max_leaves=20)


@settings(max_examples=150, deadline=None)
@given(JSON, some.sampled_from(["graph", "select", *COMMANDS]), JSON)
def test_no_message_makes_it_raise(sent, kind, more):
    assert all(number > 0 for number, _message in read_messages(sent, 0))
    fields = more if isinstance(more, dict) else {}
    batch = [{**GRAPH, **fields, "kind": kind, "seq": 1}, sent]
    messages = [message for _number, message in read_messages(batch, 0)]
    assert all(isinstance(message, GraphDrawn | Selected | Command | None) for message in messages)


def test_each_message_is_handled_once_however_often_it_is_sent(monkeypatch):
    monkeypatch.setattr(st, "session_state", state := {})
    undo, redo = {"seq": 1, "kind": "undo"}, {"seq": 2, "kind": "redo"}
    state["canvas"] = {"sent": {"instance": "a", "messages": [undo]}}
    assert list(read_canvas("canvas")) == [Command("undo", {})]
    assert list(read_canvas("canvas")) == []
    state["canvas"] = {"sent": {"instance": "a", "messages": [undo, redo]}}
    assert list(read_canvas("canvas")) == [Command("redo", {})]
    state["canvas"] = {"sent": {"instance": "b", "messages": [undo]}}
    assert list(read_canvas("canvas")) == [Command("undo", {})]


def test_a_message_whose_handling_was_cut_short_comes_again(monkeypatch):
    sent = {"instance": "a", "messages": [{"seq": 1, "kind": "undo"}, {"seq": 2, "kind": "redo"}]}
    monkeypatch.setattr(st, "session_state", {"canvas": {"sent": sent}})
    reading = read_canvas("canvas")
    assert [next(reading), next(reading)] == [Command("undo", {}), Command("redo", {})]
    reading.close()  # the run ended while the second was handled
    assert list(read_canvas("canvas")) == [Command("redo", {})]


@pytest.mark.parametrize("sent", [None, 3, "x", [], {}, {"instance": 3}, {"instance": "x" * 100, "messages": []},
                                  {"instance": "a"}, {"instance": "a", "messages": {}}])
def test_a_malformed_batch_is_no_message(monkeypatch, sent):
    monkeypatch.setattr(st, "session_state", {"canvas": {"sent": sent}})
    assert list(read_canvas("canvas")) == []


def test_a_kind_is_sent_once_and_what_is_usual_not_at_all():
    summaries = {"a": NodeSummary(CONV, shape="6×28×28"),
                 "b": NodeSummary(CONV, parameters=156, problems=(Problem(text("no")),))}
    picture, shelves = pack_picture(
        CanvasPicture(1, (DrawnNode("a", "conv2d"),), (), summaries), (Shelf("Conv", (CONV,)),))
    assert [kind["block"] for kind in picture["kinds"]] == ["conv2d"]
    assert picture["summaries"]["a"] == {"kind": 0, "shape": "6×28×28"}
    assert picture["summaries"]["b"] == {"kind": 0, "parameters": 156, "problems": [
        {"message": "no", "fix": None, "is_hint": False}]}
    assert shelves[0]["kinds"][0]["title"] == "Conv2d"
    json.dumps(picture)


@pytest.mark.parametrize("dark", [False, True])
def test_colors_of_words_are_legible_on_the_ground_and_on_the_panel(dark):
    theme = Theme(dark)
    look = pack_look(theme, [CanvasPicture(1, (), (), {"a": NodeSummary(CONV)})], ())
    assert look["families"] == {"convolution": theme.family("convolution")}
    signs = [look[name]["color"] for name in ("problem", "warning", "valid")]
    assert all(contrast(color, theme.background) >= 4.5 for color in (*signs, look["muted"], look["accent"]))
    assert contrast(look["muted"], theme.panel) >= 4.5


@pytest.mark.parametrize("dark", [False, True])
def test_live_maps_have_the_colors_of_thumbnails_and_both_signs_are_seen_on_the_ground(dark):
    theme = Theme(dark)
    look = pack_look(theme, [CanvasPicture(1, (), (), {})], ())
    for name, scale in (("signed", theme.diverging), ("sequential", theme.sequential)):
        colors = np.frombuffer(base64.b64decode(look[name]), np.uint8).reshape(-1, 3)
        assert (colors == color_table(scale)).all()
    assert all(contrast(look[name], theme.background) >= 3 for name in ("negative", "positive"))


def test_every_word_the_browser_asks_for_is_there():
    source = "\n".join(file.read_text(encoding="utf-8") for file in sorted((FOLDER / "src").rglob("*.ts*")))
    words = canvas_words()
    unused = {name for name in words if not any(f'{quote}{name}{quote}' in source or f"words.{name}" in source
                                                for quote in "\"'`")}
    numbers = ("parameters", "multiply_adds", "activation_bytes")
    made = {f"{name}_{part}" for name in numbers for part in ("short", "help")}
    made |= {f"change_{change}" for change in ("added", "removed", "changed", "moved")}
    assert unused - made == set()
    assert made <= set(words)


def test_the_built_canvas_is_that_of_its_sources():
    line = first_line(component.BUILT)
    assert line == f"// sources {hash_sources(FOLDER)}", "out of date: run `npm ci && npm run build`"


def test_no_module_of_the_canvas_is_too_long():
    assert long_modules(FOLDER) == {}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_a_fresh_build_is_the_same_to_the_byte(tmp_path):
    assert built_again(FOLDER, tmp_path) == built_files(FOLDER)
