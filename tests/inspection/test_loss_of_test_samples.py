"""The loss of a real test sample, worked out through the hub: for every task, the number that training would take."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from explorer import data, network, tasks, zoo
from explorer.document import chain
from explorer.inspection import Asked, Hub, InputAsked, inputs
from explorer.kinds import Chosen
from explorer.live.message import unpack_message
from explorer.recipe import LOSSES, Recipe
from explorer.results.packing import unpack
from explorer.spec import defaults
from explorer.training import RunStore, Session
from explorer.training.records.checkpoints import frame_steps, load_frame

SIDE = chain("Side", ("input", "input", {"shape": [2]}), ("linear1", "linear", {"out_features": 1}))
RECIPES = {
    "classification": lambda: zoo.recipe("logistic_regression"), "regression": lambda: zoo.recipe("linear_regression"),
    "binary": lambda: Recipe(SIDE, data=Chosen("circles")).with_(task="binary"),
    "next_token": lambda: zoo.recipe("char_rnn"),
}
CASES = [(task.name, loss) for task in tasks.TASKS for loss in task.losses]


def recipe_of(task: str, loss: str) -> Recipe:
    return RECIPES[task]().with_(epochs=1, threads=1, device="cpu", train_samples=64,
                                 loss=Chosen(loss, defaults(LOSSES.get(loss).params)))


@pytest.mark.parametrize(("task", "loss"), CASES)
def test_the_loss_of_a_test_sample_is_worked_out_for_its_own_target(tmp_path: Path, task: str, loss: str) -> None:
    store = RunStore(tmp_path)
    run = store.create(recipe_of(task, loss))
    assert Session(run).execute().state == "finished"
    answer = Hub(lambda: store).answer(
        run.id, "operation", Asked(input=InputAsked(3), options={"node": "loss", "unit": []}), str)
    assert answer.sentence is None
    arrays, meta = unpack_message(answer.body)
    (operation,) = unpack(arrays, meta["results"])

    model, part = network.build(run.recipe.network), inputs.test_part(run.recipe)
    model.load_state_dict(load_frame(run.frames_folder, frame_steps(run.frames_folder)[-1]))
    with torch.no_grad():
        outputs = model.eval()(data.to_float(part.inputs[3:4]))
    wanted = tasks.learner(run.recipe).loss(outputs, part.targets[3:4]).item()
    assert operation.value == pytest.approx(wanted, rel=1e-4, abs=1e-5)
    assert operation.unit.model_value == pytest.approx(wanted, rel=1e-4, abs=1e-5)
