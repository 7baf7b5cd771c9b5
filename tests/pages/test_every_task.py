"""Every page shows a run of every task by the task's own answer."""

from __future__ import annotations

import pytest
import torch
from inspector_parts import inspector_parts, results
from live_parts import chart_names, live_parts

from explorer import network, tasks
from explorer.training.records.checkpoints import frame_steps, load_frame
from explorer.ui.widgets import samples

RUNS = {"classification": "plane", "binary": "sides", "regression": "line", "next_token": "text"}


def test_there_is_a_run_of_every_task(trained) -> None:
    assert list(RUNS) == tasks.TASKS.names()
    assert [trained(name).recipe.task for name in RUNS.values()] == tasks.TASKS.names()


def words(at) -> str:
    return "\n".join(element.value for element in (*at.markdown, *at.caption))


@pytest.fixture(params=RUNS)
def run(request, finished):
    return finished(RUNS[request.param])


def test_train_has_a_chart_for_the_loss_and_each_measured_metric_and_the_final_numbers(open_app, sound, run) -> None:
    at = sound(open_app("train", run.recipe, run=run.id))
    metrics = tasks.of(run.recipe).metrics_of(run.recipe)
    assert chart_names(at) == live_parts(at)["live/curves"]["options"]["names"] == \
        ["loss", *(metric.name for metric in metrics)]
    for metric in metrics:
        assert f"test {metric.title.lower()} **" in words(at)
    assert "Doctor" in words(at) and not at.error


def test_slow_motion_says_what_the_first_sample_is_and_what_was_predicted(open_app, sound, run) -> None:
    at = sound(open_app("slow_motion", run.recipe))
    at = sound(at.button(key="stage/loss").click().run())
    said = {"classification": "The first sample is **", "binary": "The first sample is **",
            "regression": "the prediction is ", "next_token": "is followed by **"}
    assert said[run.recipe.task] in words(at) and not at.error


def first_answer(run) -> torch.Tensor:
    """The outputs for the first test sample, of a forward pass made here."""
    model = network.build(run.recipe.network).eval()
    model.load_state_dict(load_frame(run.frames_folder, frame_steps(run.frames_folder)[-1]))
    with torch.no_grad():
        return model(samples.test_part(run.recipe).inputs([0]))[0]


def expected_numbers(task: str, outputs: torch.Tensor) -> list[float]:
    second = torch.sigmoid(outputs.reshape(-1)[0]).item()
    return {"classification": lambda: outputs.softmax(0).tolist(), "binary": lambda: [1 - second, second],
            "regression": outputs.tolist,
            "next_token": lambda: outputs[-1].softmax(0).sort(descending=True).values[:8].tolist()}[task]()


def test_inspect_shows_the_models_own_answer(open_app, sound, run) -> None:
    at = sound(open_app("inspect", run.recipe, run=run.id))
    assert not at.error and not at.warning
    title = {"regression": "Prediction", "next_token": "What comes next"}.get(run.recipe.task, "Class probabilities")
    assert f"**{title}**" in words(at)
    probes = [part["probe"] for part in inspector_parts(at).values() if part["part"] == "answer"]
    (shown,) = [result for probe in probes for result in results(at, probe) if str(result.title) == title]
    outputs = first_answer(run)
    assert shown.values.tolist() == pytest.approx(expected_numbers(run.recipe.task, outputs), abs=1e-5)
