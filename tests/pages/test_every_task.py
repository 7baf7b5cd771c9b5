"""Every page shows a run of every task by the task's own answer."""

from __future__ import annotations

import pytest
import torch

from explorer import network, tasks
from explorer.formatting import format_number
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
    for title in ("Loss", *(metric.title for metric in metrics if not metric.from_loss)):
        assert f"**{title}**" in words(at)
    for metric in metrics:
        assert f"test {metric.title.lower()} **" in words(at)
    assert "Doctor" in words(at) and not at.error


def test_slow_motion_says_what_the_first_sample_is_and_what_was_predicted(open_app, sound, run) -> None:
    at = sound(open_app("slow_motion", run.recipe))
    at = sound(at.button(key="stage/loss").click().run())
    said = {"classification": "The first sample is **", "binary": "The first sample is **",
            "regression": "the prediction is ", "next_token": "is followed by **"}
    assert said[run.recipe.task] in words(at) and not at.error


def test_inspect_shows_the_models_own_answer(open_app, sound, run) -> None:
    """The number on the page is that of a forward pass made here; figures cannot be read, only that they are there."""
    at = sound(open_app("inspect", run.recipe, run=run.id))
    assert not at.error and not at.warning
    model = network.build(run.recipe.network).eval()
    model.load_state_dict(load_frame(run.frames_folder, frame_steps(run.frames_folder)[-1]))
    with torch.no_grad():
        outputs = model(samples.as_batch(samples.test_part(run.recipe), 0))
    shown = {"regression": lambda: [metric.value for metric in at.metric],
             "next_token": lambda: [title for title in ("**What comes next**", "**Generated text**")
                                    if title in words(at)]}
    found = shown.get(run.recipe.task, lambda: ["**Class probabilities**"] * ("**Class probabilities**" in words(at)))()
    expected = {"regression": [format_number(float(outputs.reshape(-1)[0]))],
                "next_token": ["**What comes next**", "**Generated text**"]}
    assert found == expected.get(run.recipe.task, ["**Class probabilities**"])
