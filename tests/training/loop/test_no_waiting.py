"""A step never makes a GPU wait: it reads no number of it, and copies nothing of the CPU to it."""

from __future__ import annotations

from functools import cache

import pytest
import torch
from small_runs import digits_recipe, plane_recipe, regression_recipe, text_recipe

from explorer import tasks, zoo
from explorer.bench.subjects import as_parts, parts_for
from explorer.data import Samples, to_float
from explorer.recipe import LOSSES, SCHEDULES, Recipe, choose
from explorer.training import Trainer, load_parts
from explorer.training.loop.graph import STEPS_BEFORE, capture_on
from explorer.training.loop.instruments import LightInstruments
from explorer.training.loop.model import draw_model
from explorer.training.loop.optimize import clip_gradients, update_average
from explorer.training.loop.parts import Parts
from explorer.training.loop.stack import Stack
from explorer.training.loop.stacked_update import STACKED_UPDATES
from tests.fake_gpu import (
    OnlyOnTheGpu,
    Waits,
    fake,
    fake_gpu,
    fake_gpu_beside_the_cpu,
    no_waiting,
    no_waiting_for_a_real_gpu,
    to_fake_gpu,
)

RECIPES = {
    "regression": regression_recipe(), "text": text_recipe(),
    "momentum": digits_recipe().with_optimizer("sgd", lr=0.1, momentum=0.9, nesterov=True),
    "rmsprop": digits_recipe().with_optimizer("rmsprop", momentum=0.9, centered=True),
    "amsgrad": digits_recipe().with_optimizer("adam", amsgrad=True),
    "adamw": digits_recipe(weight_decay=0.1).with_optimizer("adamw"),
    "clipping": digits_recipe(clip_norm=1.0, clip_value=0.1), "average": digits_recipe(averaging=0.99),
    "bf16": digits_recipe(precision="bf16"), "fp16": digits_recipe(precision="fp16"),
    "frozen": digits_recipe(lr_factors={"conv1": 0}),
    "brier": plane_recipe(loss=choose(LOSSES, "mse", {})),
}
SLOW = {"googlenet", "resnet34", "resnet50", "vgg16", "vgg11"}  # like the smaller ones of their families
NAMES = [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in zoo.trainable()]
READS = {  # whether a gradient is too large for the format: only fused optimizers find out on the device
    "fp16 and RMSProp": digits_recipe(precision="fp16").with_optimizer("rmsprop")}


@cache
def few(name: str) -> Samples:
    return parts_for(zoo.recipe(name), 2).train.take(slice(0, 2))


def take_steps(recipe: Recipe, parts: Parts) -> None:
    """Take two steps, the first of which makes the optimizer's state; on a CPU recording reads, so it is off."""
    trainer = Trainer(recipe, parts, instruments=False)
    trainer.train_step()
    with no_waiting():
        trainer.train_step()


@pytest.mark.parametrize("name", NAMES)
def test_a_step_of_the_zoos_recipe_reads_no_number(name: str) -> None:
    take_steps(zoo.recipe(name).with_(batch_size=2), as_parts(few(name)))


@pytest.mark.parametrize("name", RECIPES)
def test_no_setting_makes_a_step_read_a_number(name: str) -> None:
    take_steps(RECIPES[name], load_parts(RECIPES[name]))


@pytest.mark.parametrize("name", READS)
def test_those_that_read_are_known(name: str) -> None:
    with pytest.raises(Waits):
        take_steps(READS[name], load_parts(READS[name]))


def step_on_a_fake_gpu(recipe: Recipe, samples: Samples) -> None:
    """Do what a step does around the backward pass and the update, which PyTorch computes; gradients have no values."""
    model, average, learner = draw_model(recipe), draw_model(recipe), tasks.learner(recipe)
    with fake_gpu():
        targets = fake(samples.targets)
        to_fake_gpu(model)
        to_fake_gpu(average)
        recorder = LightInstruments(model)
        loss, outputs = learner.step(model, to_float(fake(samples.inputs)), targets)
        parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        for parameter in parameters:
            parameter.grad = fake(parameter)
        measures = learner.measure(outputs.detach().float(), targets)
        recorder.record(1, loss, measures, len(targets))
        recorder.write(loss, measures)
        clip_gradients(recipe, parameters)
        update_average(list(average.parameters()), list(model.parameters()), 0.99)


@pytest.mark.parametrize("name", NAMES)
def test_a_step_of_the_zoos_recipe_stays_on_the_gpu(name: str) -> None:
    step_on_a_fake_gpu(zoo.recipe(name), few(name))


@pytest.mark.parametrize("name", RECIPES)
def test_no_setting_makes_a_step_leave_the_gpu(name: str) -> None:
    step_on_a_fake_gpu(RECIPES[name], load_parts(RECIPES[name]).train.take(slice(0, 4)))


STACKS = {"momentum": RECIPES["momentum"].with_optimizer("sgd", lr=0.1, momentum=0.9, dampening=0.4),
          "amsgrad": RECIPES["amsgrad"], "adamw": RECIPES["adamw"]}
RATES = [1.0, 1.0, 0.5, 0.25]  # of a schedule


def stacked(recipe: Recipe) -> list[Recipe]:
    """Two recipes for a stack, with a rate that changes at every step."""
    recipe = recipe.with_(network=zoo.get("mlp"), warmup_epochs=1, schedule=choose(SCHEDULES, "cosine", {}))
    return [recipe.with_(seed=seed, weight_decay=seed / 10) for seed in (0, 1)]


@pytest.mark.parametrize("name", STACKS)
def test_a_stacks_update_stays_on_the_gpu(name: str) -> None:
    with fake_gpu_beside_the_cpu():
        parameters = [torch.empty(2, *shape, device="cuda") for shape in ((3, 4), (3,))]
        update = STACKED_UPDATES[STACKS[name].optimizer.name](stacked(STACKS[name]), parameters)
        with OnlyOnTheGpu():
            for rate in RATES:
                update.prepare(rate)
                update.apply([torch.empty_like(parameter) for parameter in parameters])


@pytest.mark.parametrize("name", STACKS)
def test_a_step_of_a_stack_reads_no_number(name: str) -> None:
    recipes = stacked(STACKS[name])
    stack = Stack(recipes, [parts_for(recipes[0], 4 * recipes[0].batch_size)] * 2)
    stack.step()
    with no_waiting():
        stack.step()


@pytest.mark.cuda
@pytest.mark.parametrize("captured", [False, True], ids=["kernels", "graph"])
@pytest.mark.parametrize("name", STACKS)
def test_a_real_gpu_is_not_waited_for_by_a_stack(name: str, captured: bool) -> None:
    """The steps are of one epoch: the order of the next is drawn on the CPU. Only a replay waits, for one long ago."""
    recipes = stacked(STACKS[name].with_(device="cuda"))
    steps = STEPS_BEFORE + 1
    parts = parts_for(recipes[0], (steps + 3) * recipes[0].batch_size)
    stack = Stack(recipes, [parts] * 2, "cuda", capture_on("cuda") if captured else None)
    for _ in range(steps):
        stack.step()
    with no_waiting_for_a_real_gpu():
        stack.step()
        stack.step()


@pytest.mark.cuda
@pytest.mark.parametrize("recipe", [*map(zoo.recipe, zoo.trainable()), *RECIPES.values()],
                         ids=[*zoo.trainable(), *RECIPES])
def test_a_real_gpu_is_never_waited_for(recipe: Recipe) -> None:
    """The first steps choose kernels; on one that is not deterministic PyTorch warns, which is no wait."""
    trainer = Trainer(recipe.with_(device="cuda"), parts_for(recipe, 4 * recipe.batch_size), "cuda")
    for _ in range(2):
        trainer.train_step()
    with no_waiting_for_a_real_gpu():
        trainer.train_step()
