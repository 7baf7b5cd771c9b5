"""How a run is computed, on Train."""

from __future__ import annotations

import json
import sqlite3

from explorer.text import text
from explorer.training.records.metrics import read_facts
from explorer.ui.language import plain

EXPANDER = "How it is computed"


def lines(at) -> str:
    (expander,) = [each for each in at.expander if each.label == EXPANDER]
    return expander.markdown[0].value


def test_a_run_names_its_device_how_its_steps_were_executed_and_why(open_app, sound, finished):
    run = finished("digits")
    found = lines(sound(open_app("train", run.recipe, run=run.id)))
    assert "Device: CPU, PyTorch " + read_facts(run.metrics_path)["torch"] in found
    assert "Threads: 1" in found
    assert plain("Each operation of a step is launched by itself. There is nothing to gain from a CUDA graph here.",
                 200) in found
    assert "Deterministic kernels" in found


def test_an_error_that_a_capture_ended_with_is_shown_as_it_is(open_app, sound, finished):
    run = finished("plane")
    reason = text("The step could not be captured: {why}", why="operation *not* permitted in [stream]")
    with sqlite3.connect(run.metrics_path) as db:
        db.execute("UPDATE facts SET value = ? WHERE name = 'execution'", (json.dumps(reason.to_dict()),))
    db.close()
    assert r"operation \*not\* permitted in \[stream\]" in lines(sound(open_app("train", run.recipe, run=run.id)))


def test_a_run_of_an_earlier_version_has_fewer_lines(open_app, sound, finished):
    run = finished("line")
    with sqlite3.connect(run.metrics_path) as db:
        db.execute("DELETE FROM facts WHERE name = 'execution'")
    db.close()
    assert "launched" not in lines(sound(open_app("train", run.recipe, run=run.id)))
