"""The path of a unit on its way to the browser, and the words it is drawn with."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import torch

from explorer import network, zoo
from explorer.live.message import pack_message, unpack_message
from explorer.probes import run
from explorer.results.packing import pack, unpack
from explorer.ui.widgets.components.inspector.inspector_words import words_of
from explorer.ui.widgets.components.inspector.path_words import path_words

ROOT = Path(__file__).resolve().parents[3]
SOURCES = sorted((ROOT / "explorer/ui/widgets/components/inspector/src/path").glob("*.ts"))


def test_the_part_has_every_word_that_its_sources_ask_for_and_no_other():
    written = "".join(file.read_text(encoding="utf-8") for file in SOURCES)
    head = (SOURCES[0].parents[1] / "operation/head.ts").read_text(encoding="utf-8")
    asked = set(re.findall(r"\bwords\.(\w+)", written))
    assert asked <= words_of("path").keys()
    assert path_words().keys() <= asked | set(re.findall(r"\bwords\.(\w+)", head))


def test_a_path_arrives_as_it_was_sent():
    model = network.build(zoo.get("lenet_relu"), seed=1)
    path = run("unit_path", model, torch.rand(1, 1, 28, 28), node="conv2", unit=(3, 4, 5))
    arrays, document = pack((path,))
    arrived, meta = unpack_message(pack_message(arrays, {"results": document}))
    (found,) = unpack(arrived, meta["results"])
    assert (found.unit, found.value, str(found.sentence)) == (path.unit, path.value, str(path.sentence))
    for own, other in zip(path.stages, found.stages, strict=True):
        assert np.array_equal(own.maps, other.maps)
        assert (own.node, own.start, own.stop, own.branches) == (other.node, other.start, other.stop, other.branches)
