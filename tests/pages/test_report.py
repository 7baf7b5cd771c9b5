"""What a run gets right and wrong, on Train."""

from __future__ import annotations

import os
import socket
from dataclasses import replace

import numpy as np
import psutil
import pytest
import torch
from safetensors.torch import save_file

from explorer.charts import mistakes
from explorer.formatting import format_percent
from explorer.recipe import Chosen
from explorer.results import Report
from explorer.training import RunStore, Session
from explorer.training.analysis.report import report_of
from explorer.training.records.checkpoints import frame_path, frame_steps, load_frame
from explorer.training.runs.store import STOPPED, TRAINING
from explorer.ui.language import plain
from explorer.ui.train import report

TITLE = "#### Right and wrong predictions"


def shown(at) -> str:
    return "\n".join(element.value for element in [*at.markdown, *at.error, *at.warning, *at.info, *at.caption])


def last_step(run) -> int:
    return frame_steps(run.frames_folder)[-1]


def make_live(run) -> None:
    mine = psutil.Process()
    run.write_status(replace(run.status(), state=TRAINING, pid=os.getpid(), pid_created_s=mine.create_time(),
                             host=socket.gethostname(), summary={}))


def sentences(found) -> list[str]:
    return [plain(str(sentence), 400) for sentence in (
        mistakes.confusion_sentence(found), mistakes.class_sentence(found),
        mistakes.calibration_sentence(found.calibration), mistakes.mistakes_sentence(found.mistakes))]


@pytest.mark.parametrize("name", ["digits", "nested", "plane"])
def test_a_run_that_has_finished_says_what_it_mixes_up(open_app, sound, finished, name):
    run = finished(name)
    at = sound(open_app("train", run.recipe, run=run.id))
    assert TITLE in shown(at)
    for sentence in sentences(report_of(run, last_step(run))):
        assert sentence in shown(at)


def test_the_surest_mistake_is_shown_with_what_it_is(open_app, sound, finished):
    run = finished("digits")
    mistakes = report_of(run, last_step(run)).mistakes
    share = format_percent(mistakes.probability[0])
    at = sound(open_app("train", run.recipe, run=run.id))
    assert f"**{mistakes.predicted[0]}**, is {mistakes.target[0]}, {share}" in shown(at)


@pytest.mark.parametrize("name", ["line", "sine"])
def test_a_regression_has_no_such_section(open_app, sound, finished, name):
    run = finished(name)
    assert TITLE not in shown(sound(open_app("train", run.recipe, run=run.id)))


def test_the_test_part_is_there_once_the_run_is_finished(open_app, sound, finished):
    run = finished("digits")
    at = sound(open_app("train", run.recipe, run=run.id))
    sound(at.radio(key=f"report_part/{run.id}").set_value("test").run())
    found = report_of(run, last_step(run), "test")
    assert f"Test set, {found.confusion.sum():,} samples" in shown(at)
    assert sentences(found)[0] in shown(at)


def test_a_run_that_was_stopped_keeps_the_test_part_for_its_end(open_app, sound, finished):
    run = finished("digits")
    run.write_status(replace(run.status(), state=STOPPED))
    at = sound(open_app("train", run.recipe, run=run.id))
    assert "Validation set, " in shown(at)
    assert not [radio for radio in at.radio if radio.key.startswith("report_part")]


def test_a_live_run_is_looked_at_on_request(open_app, sound, finished):
    run = finished("digits")
    make_live(run)
    at = sound(open_app("train", run.recipe, run=run.id))
    first = sentences(report_of(run, last_step(run)))[0]
    assert TITLE in shown(at) and first not in shown(at)
    sound(at.button(key="look_at_report").click().run())
    assert first in shown(at)
    sound(at.run())
    assert first in shown(at)  # it stays until it is asked again


def test_a_network_that_takes_long_is_looked_at_on_request(open_app, sound, finished, monkeypatch):
    monkeypatch.setattr(report, "QUICK_MULTIPLY_ADDS", 0)
    run = finished("digits")
    at = sound(open_app("train", run.recipe, run=run.id))
    first = sentences(report_of(run, last_step(run)))[0]
    assert first not in shown(at)
    sound(at.button(key="look_at_report").click().run())
    assert first in shown(at)


def test_a_run_without_a_validation_part_is_judged_on_what_it_learned_from(open_app, sound, trained, tmp_path):
    run = RunStore(tmp_path / "runs").create(trained("plane").recipe.with_(validation_share=0.0))
    Session(run).execute()
    assert "Training set, " in shown(sound(open_app("train", run.recipe, run=run.id)))


def test_damaged_weights_are_told(open_app, sound, finished):
    run = finished("digits")
    frame_path(run.frames_folder, last_step(run)).write_bytes(b"no weights")
    assert "The run's last checkpoint cannot be read" in shown(sound(open_app("train", run.recipe, run=run.id)))


def test_a_run_without_weights_says_so(open_app, sound, finished):
    run = finished("digits")
    for step in frame_steps(run.frames_folder):
        frame_path(run.frames_folder, step).unlink()
    assert "No checkpoint has been saved yet" in shown(sound(open_app("train", run.recipe, run=run.id)))


def test_data_that_are_not_there_any_more_are_named(open_app, sound, finished, monkeypatch, tmp_path):
    run = finished("digits")
    run.recipe.with_(data=Chosen("mnist")).save(run.folder / "recipe.json")
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "nothing"))
    at = sound(open_app("train", run.recipe, run=run.id))
    assert any("MNIST is missing" in info.value for info in at.info)


def test_a_network_that_gives_no_numbers_is_not_counted(open_app, sound, finished):
    run = finished("digits")
    weights = load_frame(run.frames_folder, last_step(run))
    save_file({name: torch.full_like(tensor, torch.nan) for name, tensor in weights.items()},
              frame_path(run.frames_folder, last_step(run)))
    assert "There is nothing to count" in shown(sound(open_app("train", run.recipe, run=run.id)))


def test_a_run_that_knows_everything_has_no_mistake_to_show(open_app, sound, finished, monkeypatch):
    run = finished("plane")
    monkeypatch.setattr(report, "report_of", lambda run, step, part: without_mistakes(report_of(run, step, part)))
    assert "No mistakes to show" in shown(sound(open_app("train", run.recipe, run=run.id))).replace("\\", "")


def without_mistakes(found: Report) -> Report:
    none = replace(found.mistakes, **{name: values[:0] for name, values in vars(found.mistakes).items()})
    return replace(found, confusion=np.diag(found.class_counts), mistakes=none)
