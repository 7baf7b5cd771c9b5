"""The doctor on Train: what it finds, and its twins."""

from __future__ import annotations

import os
import socket
from dataclasses import replace

import psutil
import pytest

from explorer.training import RunStore, Session
from explorer.training.runs.origin import origin_of
from explorer.training.runs.store import TRAINING
from explorer.ui.session import state


@pytest.fixture
def slow(trained, tmp_path):
    """A finished run whose learning rate was too low."""
    recipe = trained("plane").recipe.with_optimizer("sgd", lr=1e-6).with_(epochs=2)
    run = RunStore(tmp_path / "runs").create(recipe)
    Session(run).execute()
    return run


def shown(at) -> str:
    return "\n".join(element.value for element in [*at.markdown, *at.error, *at.warning, *at.info, *at.caption])


def test_a_run_that_has_ended_is_examined_by_itself(open_app, sound, slow):
    at = sound(open_app("train", slow.recipe, run=slow.id))
    assert "**Learning rate too low**" in shown(at)
    assert at.button(key="twin/rate_low/learning_rate_10").label.endswith("Learning rate × 10")


@pytest.mark.parametrize("name", ["digits", "nested", "line", "sine"])
def test_any_kind_of_run_can_be_examined(open_app, sound, finished, name):
    run = finished(name)
    assert "#### Doctor" in shown(sound(open_app("train", run.recipe, run=run.id)))


def test_a_live_run_is_examined_on_request(open_app, sound, slow):
    mine = psutil.Process()
    slow.write_status(replace(slow.status(), state=TRAINING, pid=os.getpid(), pid_created_s=mine.create_time(),
                              host=socket.gethostname(), summary={}))
    at = sound(open_app("train", slow.recipe, run=slow.id))
    assert "Learning rate too low" not in shown(at)
    sound(at.button(key="examine").click().run())
    assert "**Learning rate too low**" in shown(at)


def test_a_twin_is_started_with_just_the_change_and_its_verdict_shown(open_app, sound, slow, launched):
    at = open_app("train", slow.recipe, run=slow.id)
    sound(at.button(key="twin/rate_low/learning_rate_100").click().run())
    (twin,) = launched
    assert twin.recipe == slow.recipe.with_optimizer("sgd", lr=1e-4)
    assert origin_of(twin).parent == slow.id
    assert at.query_params[state.RUN_PARAMETER] == slow.id  # the page stays with the parent
    Session(twin).execute()
    sound(at.run())
    assert "validation accuracy" in shown(at)
    sound(at.button(key=f"open/{twin.id}").click().run())
    assert at.query_params[state.RUN_PARAMETER] == twin.id
    assert at.session_state[state.DRAFT.key].recipe == twin.recipe
    assert "This is a twin" in shown(at)
    sound(at.button(key="back_to_parent").click().run())
    assert at.query_params[state.RUN_PARAMETER] == slow.id


def test_a_twin_whose_parent_was_deleted_says_so(open_app, sound, slow, launched):
    at = open_app("train", slow.recipe, run=slow.id)
    sound(at.button(key="twin/rate_low/learning_rate_3").click().run())
    (twin,) = launched
    Session(twin).execute()
    slow.delete()
    assert "a run that no longer exists" in shown(sound(open_app("train", twin.recipe, run=twin.id)))


def test_a_full_disk_is_reported_when_a_twin_is_started(open_app, sound, slow, monkeypatch):
    at = open_app("train", slow.recipe, run=slow.id)

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(RunStore, "create", full)
    sound(at.button(key="twin/rate_low/learning_rate_3").click().run())
    assert "The twin could not be started: No space left on device." in shown(at)
