"""The Operation view's words and the message that carries an operation to the browser."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np

from explorer.live.message import pack_message, unpack_message
from explorer.results import Loss, Operand, Operation
from explorer.results.packing import pack, unpack
from explorer.ui.widgets.components.inspector.inspector_words import words_of

ROOT = Path(__file__).resolve().parents[3]
SOURCES = sorted((ROOT / "explorer/ui/widgets/components/inspector/src/operation").glob("*.ts"))
ARITHMETIC = sorted((ROOT / "explorer/operations/arithmetic").glob("*_steps.py"))


def test_the_view_has_every_word_that_its_sources_ask_for() -> None:
    source = "\n".join(file.read_text(encoding="utf-8") for file in SOURCES)
    asked = set(re.findall(r"\bwords\.(\w+)\b(?!\()", source))
    assert len(asked) > 20 and asked <= words_of("operation").keys()


def test_the_view_has_the_title_of_every_step() -> None:
    source = "\n".join(file.read_text(encoding="utf-8") for file in ARITHMETIC)
    titles = {call.args[0].value for call in ast.walk(ast.parse(source))
              if isinstance(call, ast.Call) and ast.unparse(call.func) == "text"}
    assert len(titles) > 50 and titles - {"{name}"} <= words_of("operation").keys()


def test_a_loss_keeps_its_shape_on_the_way_to_the_browser() -> None:
    loss = Operation("loss", "Squared error", "", Loss("squared"),
                     (Operand("output", np.float32([2]), ("value",)), Operand("target", np.float32([1]), ("value",))),
                     Operand("loss", np.array(1, np.float32), ()))
    arrays, document = pack((loss,))
    arrived, meta = unpack_message(pack_message(arrays, {"results": document}))
    assert unpack(arrived, meta["results"])[0].output.values.shape == ()
