"""A table of kernels on its way to the browser, and the words it is drawn with."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import torch

from explorer import network, zoo
from explorer.inspection.edits import MOST_EDITS
from explorer.live.message import pack_message, unpack_message
from explorer.probes import run
from explorer.results.packing import pack, unpack
from explorer.ui.widgets.components.inspector.inspector_words import words_of
from explorer.ui.widgets.components.inspector.kernel_words import edited_words, kernel_words

SOURCES = Path(__file__).resolve().parents[3] / "explorer/ui/widgets/components/inspector/src"


def asked_by(*folders: str) -> set[str]:
    files = [file for folder in folders for file in (SOURCES / folder).glob("*.ts")]
    return {word for file in files for word in re.findall(r"\bwords\.(\w+)", file.read_text(encoding="utf-8"))}


def test_the_part_has_every_word_that_its_sources_ask_for():
    assert asked_by("kernels") <= words_of("kernels").keys()
    presets = re.findall(r"^  (\w+): ", (SOURCES / "kernels/presets.ts").read_text(encoding="utf-8"), re.MULTILINE)
    assert {f"preset_{name}" for name in presets} <= kernel_words().keys()
    choices = {"sort": ("own", "norm", "change", "similarity"), "show": ("weights", "change", "frequency"),
               "scale": ("row", "layer", "fixed")}
    for name, options in choices.items():
        assert {f"choose_{name}", *(f"{name}_{option}" for option in options)} <= kernel_words().keys()


def test_the_line_of_changes_has_every_word_that_it_asks_for_and_no_other():
    assert asked_by("edited") == set(edited_words())


def test_a_table_arrives_as_it_was_sent():
    kernels = run("kernels", network.build(zoo.get("lenet_relu"), seed=1), torch.rand(1, 1, 28, 28), node="conv2")
    arrays, document = pack((kernels,))
    arrived, meta = unpack_message(pack_message(arrays, {"results": document}))
    (found,) = unpack(arrived, meta["results"])
    for name in ("values", "bias", "starts", "order", "statistics", "norms"):
        assert np.array_equal(getattr(found, name), getattr(kernels, name))
    assert (found.table, found.size) == (kernels.table, (16, 6, 5, 5))
    assert (found.step, found.box) == ((0, 1, 0, 0), (1, 1, 5, 5))
    assert MOST_EDITS >= 2 * 8  # cells of two kernels changed one by one, before each becomes one change
