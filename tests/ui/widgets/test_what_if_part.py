"""The parts of What if have every word that their sources ask for."""

from __future__ import annotations

import re
from pathlib import Path

from explorer.intervention import ACTIONS
from explorer.ui.widgets.components.inspector.inspector_words import words_of

SOURCES = Path(__file__).parents[3] / "explorer/ui/widgets/components/inspector/src/what_if"


def asked_by(*names: str) -> set[str]:
    files = [(SOURCES / f"{name}.ts").read_text(encoding="utf-8") for name in names]
    return {word for file in files for word in re.findall(r"\bwords\.(\w+)", file)}


def test_every_word_that_the_sources_ask_for_is_there():
    assert asked_by("silence", "answers") <= words_of("silence").keys()
    assert asked_by("patching", "bands") <= words_of("patching").keys()
    assert asked_by("banner") <= words_of("intervened").keys()
    did = {f"did_{action}" for action in ACTIONS}
    assert did <= words_of("silence").keys() and did <= words_of("intervened").keys()
    assert {f"action_{action}" for action in ACTIONS} <= words_of("silence").keys()


def test_every_kind_of_part_and_every_source_of_values_has_a_name():
    kinds = re.findall(r'(?:along\(|name: )"(\w+)"', (SOURCES / "parts.ts").read_text(encoding="utf-8"))
    assert {f"kind_{kind}" for kind in kinds} <= words_of("silence").keys()
    froms = re.search(r"type From = (.*);", (SOURCES / "patching.ts").read_text(encoding="utf-8"))[1]
    assert {f"from_{name}" for name in re.findall(r"\w+", froms)} <= words_of("patching").keys()
