"""A task whose Learner fails leaves one sentence where its answer would be; the rest of every page stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from inspector_parts import asked
from live_parts import chart_names, live_parts

from explorer.results import Probabilities, Unavailable, Value
from explorer.tasks import CLASSIFICATION, TASKS
from explorer.tasks.classification import ClassLearner
from explorer.training import RunStore, Session
from explorer.training.analysis.live_view import read_live_view


class Raises(ClassLearner):
    def answer(self, outputs, names=()):
        raise RuntimeError("broken")


class OtherType(ClassLearner):
    def answer(self, outputs, names=()):
        return Value(outputs.numpy())


class OtherLength(ClassLearner):
    def answer(self, outputs, names=()):
        found = super().answer(outputs, names)
        return Probabilities(found.values[:0], found.names)


class NotANumber(ClassLearner):
    def answer(self, outputs, names=()):
        found = super().answer(outputs, names)
        return Probabilities(np.full_like(found.values, np.nan), found.names)


SENTENCES = {
    Raises: "could not be shown. The server's log has the reason.", OtherType: "answer of type Value",
    OtherLength: "0 answers for", NotANumber: "not finite, although the network's outputs are",
}


@pytest.fixture(params=SENTENCES, ids=lambda learner: learner.__name__)
def faulty(request, monkeypatch) -> type[ClassLearner]:
    monkeypatch.setitem(TASKS._entries, "classification", replace(CLASSIFICATION, learner=request.param))
    return request.param


def words(at) -> str:
    return "\n".join(element.value for element in (*at.error, *at.info, *at.warning))


def test_train_keeps_its_curves(open_app, sound, finished, faulty) -> None:
    run = finished("digits")
    at = sound(open_app("train", run.recipe, run=run.id))
    assert SENTENCES[faulty] in words(at) and (at.error or at.info)
    assert chart_names(at) == ["loss", "accuracy"] and "live/strip" in live_parts(at)


def test_slow_motion_keeps_its_step(open_app, sound, trained, faulty) -> None:
    at = sound(open_app("slow_motion", trained("digits").recipe))
    at = sound(at.button(key="stage/loss").click().run())
    assert SENTENCES[faulty] in words(at)
    at = sound(at.button(key="later").click().run())
    assert "norm **" in "\n".join(element.value for element in at.markdown)


def test_inspect_keeps_its_maps(open_app, sound, finished, faulty) -> None:
    run = finished("digits")
    at = sound(open_app("inspect", run.recipe, run=run.id))
    answer = asked(at, "probabilities")
    assert SENTENCES[faulty].replace("shown. The", "computed for this input. The") in str(answer.sentence)
    assert answer.is_problem and asked(at, "feature_maps").body
    assert not at.error


@pytest.mark.parametrize("view", [lambda *given: 1 / 0, lambda *given: object()], ids=["raises", "another type"])
def test_a_view_that_fails_ends_no_run_and_is_a_sentence_on_train(open_app, sound, tmp_path, trained, monkeypatch,
                                                                  view) -> None:
    faulty = type("FaultyView", (ClassLearner,), {"view": view})
    monkeypatch.setitem(TASKS._entries, "classification", replace(CLASSIFICATION, learner=faulty))
    run = RunStore().create(trained("digits").recipe)
    assert Session(run).execute().state == "finished"
    monkeypatch.undo()
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    at = sound(open_app("train", run.recipe, run=run.id))
    assert isinstance(read_live_view(run.folder), Unavailable)
    assert "could not be made. The run's log has the reason." in str(read_live_view(run.folder).sentence)
    assert chart_names(at) == ["loss", "accuracy"] and "live/view" in live_parts(at)


def test_a_learner_that_raises_in_a_step_ends_the_run_with_the_reason(trained, monkeypatch) -> None:
    def loss(self, outputs, targets):
        raise RuntimeError("no loss today")

    monkeypatch.setitem(TASKS._entries, "classification",
                        replace(CLASSIFICATION, learner=type("NoLoss", (ClassLearner,), {"loss": loss})))
    status = Session(RunStore().create(trained("digits").recipe)).execute()
    assert (status.state, str(status.reason)) == ("crashed", "Training stopped with an error: no loss today")
