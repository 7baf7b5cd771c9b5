"""Train and Home: the line of waiting runs, and cross-validations."""

from __future__ import annotations

from dataclasses import replace

import pytest
from live_parts import watched

from explorer import zoo
from explorer.training import Run, RunStore, Session
from explorer.training.runs.store import FINISHED, STOPPED, WAITING
from explorer.training.work.folds import create_folds
from explorer.training.work.queue import LIMIT_VARIABLE
from explorer.ui.app import background
from explorer.ui.session import state

OWNER = "b" * 32


@pytest.fixture(autouse=True)
def line_at_once(monkeypatch):
    monkeypatch.setattr(background, "LINE_AGE_S", 0.0)
    monkeypatch.setenv(LIMIT_VARIABLE, "1")


@pytest.fixture
def waiting():
    """`waiting(2.0, owner)` -> a run in line since then."""
    def make(queued_s: float, owner: str = "", **settings) -> Run:
        run = RunStore().create(zoo.recipe("playground").with_(epochs=1, threads=1, device="cpu", **settings), owner)
        run.write_status(replace(run.stored_status(), queued_s=queued_s, device="cpu"))
        return run

    return make


def shown(at) -> str:
    return "\n".join(element.value for element in [*at.markdown, *at.error, *at.warning, *at.info, *at.caption])


def test_a_waiting_run_says_its_place_and_names_no_run_of_other_people(open_app, sound, waiting):
    waiting(1.0, OWNER, seed=1)
    before = waiting(2.0)
    run = waiting(3.0)
    waiting(4.0, OWNER)
    at = sound(open_app("train", run.recipe, run=run.id))
    assert "Number 3 of 4 in the queue for the CPU, which trains one run at a time." in shown(at)
    (sentence,) = [line for line in shown(at).splitlines() if "Ahead of it:" in line]
    assert sentence.count(before.recipe.network.name) == 1
    assert "1 from other people" in sentence
    keys = {button.key for button in at.button}
    assert {f"cancel/{before.id}", f"cancel/{run.id}", "cancel"} <= keys
    assert len([key for key in keys if str(key).startswith("cancel/")]) == 2, "those of others are not offered"
    assert not keys & {"pause", "stop", "one_batch"}


def test_a_waiting_run_can_be_canceled_and_started_after_all(open_app, sound, waiting, launched):
    run = waiting(1.0)
    at = open_app("train", run.recipe, run=run.id)
    sound(at.button(key="cancel").click().run())
    assert run.status().state == STOPPED
    assert "Canceled while it was queued" in watched(at).meta["reason"]
    assert "Your queued runs" not in shown(at)
    sound(at.button(key="continue").click().run())
    assert launched == [run]


def test_all_of_ones_own_runs_can_be_canceled_at_once_and_none_of_others(open_app, sound, waiting):
    others, own = waiting(1.5, OWNER), [waiting(queued_s) for queued_s in (1.0, 2.0, 3.0)]
    at = open_app("train", own[0].recipe, run=own[0].id)
    sound(at.button(key="cancel_all").click().run())
    assert [run.status().state for run in own] == [STOPPED] * 3
    assert others.status().state == WAITING


def test_cancelling_a_run_whose_turn_came_just_before_says_so(open_app, sound, waiting):
    run = waiting(1.0)
    at = open_app("train", run.recipe, run=run.id)
    run.write_status(replace(run.stored_status(), state=FINISHED, queued_s=0.0))
    sound(at.button(key="cancel").click().run())
    assert "It has just started to train" in shown(at)
    assert run.status().state == FINISHED


def test_another_waiting_run_is_opened_from_the_line(open_app, sound, waiting):
    first, second = waiting(1.0), waiting(2.0)
    at = open_app("train", first.recipe, run=first.id)
    sound(at.button(key=f"open_waiting/{second.id}").click().run())
    assert at.session_state[state.RUN.key] == second.id


def test_home_tells_the_place_of_a_waiting_run(open_app, sound, waiting):
    waiting(1.0, OWNER)
    waiting(2.0)
    assert "waiting, number 2 of 2 in the queue" in shown(sound(open_app("home")))


def test_a_cross_validation_starts_a_run_for_every_fold_and_shows_them_together(open_app, sound, launched):
    recipe = zoo.recipe("playground").with_(epochs=1, threads=1, device="cpu")
    at = open_app("train", recipe)
    sound(at.number_input(key="number_of_folds").set_value(3).run())
    sound(at.button(key="start_folds").click().run())
    assert [(run.recipe.folds, run.recipe.fold) for run in launched] == [(3, 1), (3, 2), (3, 3)]
    assert at.session_state[state.RUN.key] == launched[0].id
    assert "0 of 3 finished" in shown(at)


def test_a_finished_cross_validation_has_a_mean_a_spread_and_survives_a_reload(open_app, sound):
    recipe = zoo.recipe("playground").with_(epochs=1, threads=1, device="cpu")
    runs = create_folds(RunStore(), recipe, 2)
    values = [Session(run).execute().summary["val_accuracy"] for run in runs]
    at = sound(open_app("train", recipe, run=runs[1].id))
    mean, deviation = sum(values) / 2, abs(values[0] - values[1]) / 2 ** 0.5
    assert f"{mean:.4f} ± {deviation:.4f}" in shown(at)
    assert "2 of 2 finished" in shown(at)
    assert "ddof = 1" in shown(at)
    sound(at.pills[-1].set_value(1).run()) if hasattr(at, "pills") else None
    runs[0].delete()
    assert "1 of 2 finished" in shown(sound(open_app("train", recipe, run=runs[1].id)))
