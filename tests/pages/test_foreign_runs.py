"""Train with the run of another person: it is watched, not changed."""

from __future__ import annotations

import os
import socket
from dataclasses import replace

import psutil
import pytest

from explorer.training.runs.store import INTERRUPTED, PAUSED, TRAINING, WAITING
from explorer.ui.session import person, run
from explorer.ui.train import queue, run_controls, steering
from explorer.ui.widgets.components.clicks import Click

STRANGER = "c" * 32
ACTING = {"pause", "resume", "one_batch", "one_epoch", "stop", "continue", "cancel", "set_learning_rate"}


def status_in(run, state, **more):
    process = psutil.Process()
    return replace(run.stored_status(), state=state, pid=os.getpid(), pid_created_s=process.create_time(),
                   host=socket.gethostname(), **more)


@pytest.fixture
def foreign(finished):
    """`foreign(state)` -> another person's run in this state."""
    def make(state, **more):
        found = finished("plane")
        (found.folder / "owner").write_text(STRANGER)
        found.write_status(status_in(found, state, **more))
        return found

    return make


def shown(at):
    return "\n".join(element.value for element in [*at.markdown, *at.warning, *at.caption])


@pytest.mark.parametrize(("state", "more"), ((TRAINING, {}), (PAUSED, {}), (INTERRUPTED, {}),
                                             (WAITING, {"queued_s": 1.0, "device": "cpu"})))
def test_anothers_run_is_shown_without_buttons_that_change_it(open_app, sound, foreign, state, more):
    stranger = foreign(state, **more)
    at = sound(open_app("train", stranger.recipe, run=stranger.id))
    assert not {button.key for button in at.button} & ACTING
    assert shown(at).count(str(run.ANOTHER_PERSONS)) == 1


def test_it_can_be_forked_into_a_run_of_ones_own(open_app, sound, foreign, launched):
    stranger = foreign(TRAINING)
    at = open_app("train", stranger.recipe, run=stranger.id)
    sound(at.button(key="start_fork").click().run())
    (own,) = launched
    assert own.owner == at.session_state["owner"] != STRANGER
    assert stranger.take_requests() == []


def test_a_click_of_a_page_that_was_drawn_before_is_refused(foreign, launched, monkeypatch):
    told = []
    monkeypatch.setattr(run, "tell", told.append)
    stranger = foreign(TRAINING)
    for act in (lambda: run_controls.obey(Click("stop", stranger.id)),
                lambda: run_controls.obey(Click("set_learning_rate", stranger.id, "0.5")),
                lambda: run_controls.obey(Click("continue", stranger.id)),
                lambda: run_controls.ask(stranger, "speed", 5.0),
                lambda: steering.set_learning_rate(stranger, "0.5"),
                lambda: queue.cancel(stranger)):
        act()
        assert told.pop() is run.ANOTHER_PERSONS
    assert stranger.take_requests() == [] and launched == []
    assert stranger.status().state == TRAINING


def test_the_owner_and_anybody_for_a_run_of_nobody_may_change_it(foreign, monkeypatch):
    found = foreign(TRAINING)
    monkeypatch.setattr(run, "owner", lambda: STRANGER)
    run_controls.ask(found, "speed", 5.0)
    (found.folder / "owner").write_text("")
    monkeypatch.setattr(run, "owner", person.owner)
    run_controls.ask(found, "pause")
    assert found.take_requests() == ["speed=5.0", "pause"]
