"""Every task of the registry: its names, what it expects, and that what it allows trains and can be looked at."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer import charts, data, network, tasks, training
from explorer.document import Network, chain
from explorer.recipe import LOSSES, TASK_KINDS, Chosen, Recipe, choose, losses_of
from explorer.results import Probabilities, Tokens, Value
from explorer.spec import BadValue
from explorer.tasks.loss_functions import LOSS_FUNCTIONS
from explorer.training import RunStore, Session
from explorer.training.analysis.live_view import read_live_view
from explorer.training.analysis.report import can_report, report_of
from explorer.training.analysis.slow_motion import SlowMotion
from explorer.training.records.checkpoints import frame_steps
from tests.training.small_runs import plane_recipe, regression_recipe, text_network, text_recipe

SMALL = {  # a recipe of each task that trains in a moment
    "classification": plane_recipe(),
    "binary": plane_recipe().with_(network=chain(
        "One", ("input", "input", {"shape": [2]}), ("linear1", "linear", {"out_features": 8}), ("tanh1", "tanh", {}),
        ("linear2", "linear", {"out_features": 1})), task="binary"),
    "regression": regression_recipe(),
    "next_token": text_recipe(),
}
EACH = [(task, loss) for task in tasks.TASKS.names() for loss in losses_of(task)]


def small(task: str, loss: str) -> Recipe:
    return SMALL[task].with_(loss=choose(LOSSES, loss, {}))


def test_every_task_and_loss_that_a_recipe_can_name_has_its_behavior() -> None:
    assert tasks.TASKS.names() == TASK_KINDS.names() == list(SMALL)
    assert LOSSES.names() == list(LOSS_FUNCTIONS)
    assert {loss for _task, loss in EACH} == set(LOSSES.names())


def test_every_data_set_has_a_task_and_with_data_chooses_it() -> None:
    for dataset in data.DATASETS:
        usual = tasks.fitting(dataset)[0]
        for recipe in SMALL.values():
            changed = tasks.with_data(recipe, Chosen(dataset.name), dataset)
            assert tasks.of(changed) in tasks.fitting(dataset) and changed.loss.name in losses_of(changed.task)
            assert changed.task == (recipe.task if tasks.of(recipe) in tasks.fitting(dataset) else usual.name)


@pytest.mark.parametrize(("task", "loss"), EACH, ids=" ".join)
def test_a_run_of_each_task_and_loss_is_shown_everywhere(task: str, loss: str, tmp_path) -> None:
    """Train, its report, the doctor, slow motion, the live view and the charts, each by the task's own answer."""
    from explorer.doctor import diagnose

    recipe = small(task, loss)
    assert training.problems(recipe) == []
    run = RunStore(tmp_path).create(recipe)
    status = Session(run).execute()
    assert status.state == "finished", status.reason
    last = frame_steps(run.frames_folder)[-1]
    spec = tasks.of(recipe)
    assert (report_of(run, last) is not None) == can_report(recipe) == (spec.answers is Probabilities)
    assert diagnose(run) is not None
    view = read_live_view(run.folder)
    assert view is not None
    step = SlowMotion(recipe).take_step()
    answer = tasks.learner(recipe).answer(torch.from_numpy(step.outputs), data.get(recipe.data.name).class_names)
    assert isinstance(answer, spec.answers) and len(answer.values) == len(step.outputs)
    assert np.isfinite(answer.values).all()
    shown = [charts.metric(run, name) for name in ("loss", *(metric.name for metric in spec.metrics_of(recipe)))]
    assert all(chart.curves for chart in shown)
    figures = pytest.importorskip("explorer.figures", reason="figures are drawn with plotly")
    assert str(figures.describe(view)) and all(figures.draw(chart) for chart in shown)


@pytest.mark.parametrize(("task", "loss"), EACH, ids=" ".join)
def test_the_chance_level_is_that_of_an_independent_computation(task: str, loss: str) -> None:
    from explorer.training.loop.parts import load_parts

    train = load_parts(small(task, loss)).train
    classes = len(train.class_names)
    targets = train.targets.double().numpy()
    expected = {
        "classification": {"cross_entropy": math.log(max(classes, 1)),
                           "mse": (1 - 1 / max(classes, 1)) / max(classes, 1),
                           "l1": 2 * (1 - 1 / max(classes, 1)) / max(classes, 1)},
        "binary": {"binary_cross_entropy": math.log(2)},
        "regression": {"mse": np.var(targets), "l1": np.abs(targets - targets.mean()).mean(),
                       "huber": np.where(np.abs(targets - targets.mean()) < 1, (targets - targets.mean())**2 / 2,
                                         np.abs(targets - targets.mean()) - 0.5).mean()},
        "next_token": {"cross_entropy": math.log(28)},
    }[task].get(loss)
    chance = tasks.learner(small(task, loss)).chance(train)
    assert chance.get("loss") == (None if expected is None else pytest.approx(expected, rel=1e-5))
    if classes:
        assert chance["accuracy"] == pytest.approx(np.bincount(targets.astype(int).ravel()).max() / targets.size)


def test_the_answer_is_that_of_an_independent_computation() -> None:
    outputs = torch.tensor([[2.0, -1.0, 0.5]])
    answer = tasks.learner(SMALL["classification"]).answer(outputs, ("a", "b", "c"))
    total = sum(math.exp(o) for o in outputs[0].tolist())
    assert isinstance(answer, Probabilities) and answer.names == ("a", "b", "c")
    assert answer.values[0] == pytest.approx([math.exp(o) / total for o in outputs[0].tolist()])
    assert (answer.predicted.tolist(), answer.confusion(np.array([1])).tolist()) == (
        [0], [[0, 0, 0], [1, 0, 0], [0, 0, 0]])
    second = 1 / (1 + math.exp(-0.7))
    answer = tasks.learner(SMALL["binary"]).answer(torch.tensor([[0.7]]), ("no", "yes"))
    assert answer.values[0] == pytest.approx([1 - second, second]) and answer.names[answer.predicted[0]] == "yes"
    answer = tasks.learner(SMALL["regression"]).answer(torch.tensor([[3.5]]))
    assert isinstance(answer, Value) and answer.values.tolist() == [[3.5]]
    answer = tasks.learner(SMALL["next_token"]).answer(torch.zeros(1, 2, 4), tuple("abcd"))
    assert isinstance(answer, Tokens) and answer.values.tolist() == [[[0.25] * 4] * 2]


ENDS = [(1,), (2,), (3,), (28,), (2, 2), (16, 28)]


def network_of(kind: str, end: tuple[int, ...]) -> Network:
    """A network for two numbers or for 16 characters whose output has this shape, as far as one has."""
    if kind == "text":
        return text_network(says=end[-1]) if len(end) == 2 else chain(
            "Row", ("input", "input", {"shape": [16], "dtype": "int64"}), ("one_hot1", "one_hot", {"classes": 28}),
            ("flatten1", "flatten", {}), ("linear1", "linear", {"out_features": end[0]}))
    return chain("Plane", ("input", "input", {"shape": [2]}), ("linear1", "linear", {"out_features": math.prod(end)}),
                 *((("reshape1", "reshape", {"shape": list(end)}),) if len(end) > 1 else ()))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(task=st.sampled_from(tasks.TASKS.names()), loss=st.sampled_from(LOSSES.names()),
       dataset=st.sampled_from(["circles", "linear", "alice"]), reads=st.sampled_from(["plane", "text"]),
       end=st.sampled_from(ENDS), through_a_file=st.booleans())
def test_any_task_loss_data_and_output_is_a_problem_or_trains(task, loss, dataset, reads, end, through_a_file) -> None:
    """Two steps of the real trainer on what `problems` lets through; a file may hold what `with_` refuses."""
    from explorer.training.loop.loop import Trainer
    from explorer.training.loop.parts import load_parts

    size = {"batch_size": 8, "epochs": 1, "threads": 1, "device": "cpu", "train_samples": 40}
    recipe = Recipe(network_of(reads, end), data=Chosen(dataset)).with_(task=task, **size)
    if through_a_file:
        recipe = Recipe.from_dict({**recipe.to_dict(), "loss": {"name": loss}})
    else:
        try:
            recipe = recipe.with_(loss=Chosen(loss))
        except BadValue:
            assert loss not in losses_of(task)
            return
    found = training.problems(recipe)
    assert all(str(problem.message) for problem in found)
    if found:
        return
    assert loss in losses_of(task) and not network.problems(recipe.network)
    trainer = Trainer(recipe, load_parts(recipe))
    for _ in range(2):
        trainer.train_step()
    measured = trainer.evaluate_validation()
    assert all(math.isfinite(value) for value in measured.values())
    assert set(measured) == {"loss", *(metric.name for metric in tasks.of(recipe).metrics if not metric.from_loss)}


def test_networks_have_roles_and_a_further_one_survives_its_document_and_is_a_problem_where_none_is_wanted() -> None:
    recipe = SMALL["classification"]
    assert recipe.networks == {"network": recipe.network}
    two = recipe.with_(further_networks={"critic": recipe.network})
    again = Recipe.from_dict(two.to_dict())
    assert list(again.networks) == ["network", "critic"] and again.networks["critic"] == recipe.network
    (problem,) = training.problems(again)
    assert "Classification trains these networks: network. The recipe has network, critic." in str(problem.message)
    assert "further_networks" not in recipe.to_dict()
    shadowed = recipe.with_(further_networks={"network": text_network()})
    assert shadowed.networks == {"network": recipe.network} and training.problems(shadowed)


def test_the_loss_of_many_classes_is_averaged_some_samples_at_a_time(monkeypatch) -> None:
    from explorer.training.loop.parts import load_parts

    for task in ("classification", "regression", "next_token"):
        learner, train = tasks.learner(SMALL[task]), load_parts(SMALL[task]).train
        whole = learner.chance(train)
        monkeypatch.setattr("explorer.tasks.base_learner._MOST_VALUES", 100)
        assert learner.chance(train) == pytest.approx(whole, rel=1e-6)
        monkeypatch.undo()


def test_outputs_are_read_in_any_precision_and_with_a_gradient() -> None:
    outputs = torch.tensor([[2.0, -1.0, 0.5]], requires_grad=True)
    exact = tasks.answer(SMALL["classification"], outputs).values
    assert tasks.answer(SMALL["classification"], outputs.bfloat16()).values == pytest.approx(exact, abs=0.01)


def test_without_a_task_outputs_are_taken_for_logits_or_numbers() -> None:
    logits = np.array([[2.0, -1.0, 0.5]], np.float32)
    assert Probabilities.from_outputs(logits, ("a",)).names == ("a", "1", "2")
    assert Probabilities.from_outputs(logits).values == pytest.approx(torch.tensor(logits).softmax(1).numpy())
    assert Tokens.from_outputs(logits[None]).values[0] == pytest.approx(torch.tensor(logits).softmax(1).numpy())
    assert Value.from_outputs(logits).values is logits
