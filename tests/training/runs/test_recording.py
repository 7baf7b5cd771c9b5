"""The document of a loop of one's own: written and read again, and one sentence for what is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from explorer.document import DocumentError, NewerDocument
from explorer.training.runs.recording import FILE_NAME, Recording, is_recording


def test_a_recording_is_read_as_it_was_written(tmp_path: Path) -> None:
    recording = Recording("Ünïcode 🦊 loop", 3, 20, ("conv1", "(Net)"))
    assert not is_recording(tmp_path)
    recording.save(tmp_path / FILE_NAME)
    assert is_recording(tmp_path) and Recording.load(tmp_path / FILE_NAME) == recording
    assert json.loads((tmp_path / FILE_NAME).read_text())["format"] == "layerscope/recording"


@pytest.mark.parametrize(("known", "steps"), [({}, 0), ({"epochs": 3}, 0), ({"steps_per_epoch": 5}, 0),
                                              ({"epochs": 3, "steps_per_epoch": 5}, 15)])
def test_the_length_of_a_loop_is_known_where_both_numbers_are(known: dict, steps: int) -> None:
    assert Recording("loop", **known).total_steps == steps


@pytest.mark.parametrize("wrong", [{"name": ""}, {"name": 3}, {"epochs": 0}, {"epochs": "3"}, {"steps_per_epoch": 1.5},
                                   {"layers": "conv1"}, {"format": "layerscope/recipe"}, {"version": "1"}])
def test_a_damaged_recording_is_one_sentence(wrong: dict) -> None:
    with pytest.raises(DocumentError) as refused:
        Recording.from_dict({**Recording("loop").to_dict(), **wrong})
    assert not isinstance(refused.value, NewerDocument) and str(refused.value.sentence).endswith(".")


def test_a_newer_recording_is_told_from_a_damaged_one() -> None:
    with pytest.raises(NewerDocument):
        Recording.from_dict({**Recording("loop").to_dict(), "version": 2})
