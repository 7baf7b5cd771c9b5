"""Inspect has a probe on request computed beside the page, while it is asked for there."""

from __future__ import annotations

import gc
import threading
import weakref

import numpy as np
import pytest
from inspector_parts import look_at
from torch import nn

from explorer.probes import ANSWER, ON_REQUEST
from explorer.probes.probe_params import UnitParam
from explorer.results import Quantities
from explorer.spec import Number
from explorer.training.records.checkpoints import frame_steps, load_frame
from explorer.ui.session.request import Request
from tests.pages.trial import field, other_sample, throw_away


def waits(release):
    def compute(subject):
        for share in range(100):
            subject.report(share / 100)
            if release.wait(0.02):
                break
        return Quantities("Trial", ("passes",), np.array([7.0]))
    return compute


def request_of(at):
    (request,) = at.session_state["probe_requests"].values()
    return request


def started(at):
    button(at, "compute/trial")[0].click().run()
    return request_of(at)


def button(at, key):
    return [button for button in at.button if button.key == key]


def test_a_probe_on_request_waits_for_its_button_and_is_remembered(look, sound, with_probe):
    release = threading.Event()
    with_probe(throw_away(waits(release), (Quantities,), ANSWER, cost=ON_REQUEST))
    at, _run = look()
    assert not at.metric
    at = sound(button(at, "compute/trial")[0].click().run())
    assert button(at, "cancel/trial") and not at.metric
    release.set()
    request_of(at).wait()
    at = sound(at.run())
    assert at.metric[0].value == "7"
    at = sound(other_sample(at))
    assert not at.metric
    assert other_sample(at, 0).metric[0].value == "7"


def test_a_probe_on_request_can_be_canceled_and_started_again(look, sound, with_probe):
    with_probe(throw_away(waits(threading.Event()), (Quantities,), ANSWER, cost=ON_REQUEST))
    at, _run = look()
    at = button(at, "compute/trial")[0].click().run()
    request = request_of(at)
    button(at, "cancel/trial")[0].click().run()
    request.wait()
    assert request.outcome is None
    at = sound(at.run())
    assert button(at, "compute/trial") and not at.metric


def test_a_probe_on_request_works_on_a_copy_of_the_model(look, sound, with_probe):
    release, models = threading.Event(), []

    def compute(subject):
        models.append(subject.model)
        release.wait()
        return Quantities("Trial", ("passes",), np.array([next(subject.model.parameters()).sum().item()]))

    with_probe(throw_away(compute, (Quantities,), ANSWER, cost=ON_REQUEST))
    at, run = look()
    kept = load_frame(run.frames_folder, frame_steps(run.frames_folder)[-1])
    before = kept["conv1.weight"].sum().item()
    at = button(at, "compute/trial")[0].click().run()
    request = request_of(at)
    sound(look_at(at, step=0))  # the network on the server has the weights of another step now
    release.set()
    request.wait()
    assert request.outcome.results[0].values[0] == pytest.approx(before, abs=1e-5)


def test_a_request_for_another_input_or_step_is_canceled(look, sound, with_probe):
    with_probe(throw_away(waits(threading.Event()), (Quantities,), ANSWER, cost=ON_REQUEST))
    at, _run = look()
    for leave in (other_sample, lambda at: look_at(at, step=0)):
        request = started(at)
        sound(leave(at))
        request.wait()
        assert request.outcome is None and not at.session_state["probe_requests"]


def test_the_outcome_of_every_request_that_ended_is_remembered_also_where_the_options_are_others_now(
        look, sound, with_probe):
    release = threading.Event()

    def compute(subject, amount):
        release.wait()
        return Quantities("Trial", ("amount",), np.array([float(amount)]))

    with_probe(throw_away(compute, (Quantities,), ANSWER, cost=ON_REQUEST,
                          params=(Number("amount", "Amount", 1, integer=True),)))
    at, _run = look()
    at = field(at, "Amount").set_value(2).run()
    request = started(at)
    at = field(at, "Amount").set_value(1).run()
    release.set()
    request.wait()
    at = sound(at.run())
    assert not at.session_state["probe_requests"]
    assert not at.metric
    assert field(at, "Amount").set_value(2).run().metric[0].value == "2"


def test_a_request_that_ended_keeps_neither_its_work_nor_the_model():
    model = nn.Linear(2, 2)
    seen = weakref.ref(model)
    request = Request(lambda report, model=model: str(model))
    del model
    request.wait()
    gc.collect()
    assert seen() is None and request.outcome.startswith("Linear")


def test_a_request_about_a_named_unit_outlives_another_sample_but_not_another_step(look, sound, with_probe):
    release = threading.Event()

    def compute(subject, unit):
        release.wait()
        return Quantities("Trial", ("place",), np.array([float(unit[0])]))

    with_probe(throw_away(compute, (Quantities,), ANSWER, cost=ON_REQUEST, reads_input=False,
                          params=(UnitParam("unit", "Unit"),)))
    at, _run = look()
    at = look_at(at, unit=[4, 0, 0])
    request = started(at)
    at = sound(other_sample(at))
    assert request.is_running and button(at, "cancel/trial")
    release.set()
    request.wait()
    at = sound(at.run())
    assert at.metric[0].value == "4" and sound(other_sample(at, 0)).metric[0].value == "4"
    assert not sound(look_at(at, step=0)).metric
