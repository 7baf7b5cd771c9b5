"""Subjects of the measurements: four recipes, and samples of the size they take."""

from __future__ import annotations

import torch

from explorer import data, zoo
from explorer.data import Samples
from explorer.document import chain
from explorer.recipe import Recipe
from explorer.training.loop.parts import Parts, input_shape, load_parts
from explorer.training.loop.threads import choose_threads
from explorer.training.loop.torch_settings import step_work

_FOREVER = 100_000  # epochs: a measurement ends, its recipe need not
_RANDOM_BATCHES = 16


def lenet_recipe(name: str = "lenet", batch_size: int = 256) -> Recipe:
    """Make the course's recipe for LeNet: SGD, learning rate 0.9, batch 256."""
    return zoo.recipe(name).with_optimizer("sgd", lr=0.9).with_(batch_size=batch_size, epochs=_FOREVER)


def mlp_recipe() -> Recipe:
    """Make 784-256-128-10 at batch 32: steps so small that any overhead shows."""
    net = chain("MLP", ("input", "input", {"shape": [1, 28, 28]}), ("flatten", "flatten", {}),
                ("linear1", "linear", {"out_features": 256}), ("relu1", "relu", {}),
                ("linear2", "linear", {"out_features": 128}), ("relu2", "relu", {}),
                ("linear3", "linear", {"out_features": 10}))
    return Recipe(net).with_optimizer("sgd", lr=0.1).with_(batch_size=32, epochs=_FOREVER)


def playground_recipe() -> Recipe:
    """Make the zoo's twin of TensorFlow Playground's default problem."""
    return zoo.recipe("playground").with_(epochs=_FOREVER)


def resnet_recipe() -> Recipe:
    """Make ResNet-20 on 32×32 color images at batch 64."""
    return Recipe(zoo.get("resnet20")).with_optimizer("sgd", lr=0.1, momentum=0.9).with_(batch_size=64, epochs=_FOREVER)


def gray_samples(count: int) -> tuple[Samples, str]:
    """Load `count` samples of 1×28×28 with their classes: MNIST if it is in the data folder, else random pixels."""
    if data.is_available("mnist"):
        return data.load("mnist")[0].take(slice(0, count)), "MNIST"
    return random_samples(count, (1, 28, 28)), "random pixels"


def random_samples(count: int, shape: tuple[int, ...]) -> Samples:
    """Draw random pixels and random classes; speed does not depend on the content."""
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randint(0, 256, (count, *shape), dtype=torch.uint8, generator=generator)
    return Samples(inputs, torch.randint(0, 10, (count,), generator=generator), tuple("0123456789"))


def parts_for(recipe: Recipe, count: int) -> Parts:
    """Load the recipe's samples; of images that are not in the data folder, draw `count` random ones of its shape."""
    if data.is_available(recipe.data.name, recipe.data.params):
        return load_parts(recipe)
    return as_parts(random_samples(count, input_shape(recipe.network)))


def whole_batches(recipe: Recipe) -> tuple[Recipe, Parts]:
    """Return a recipe without an end, and as many of its samples as fill batches: a smaller one is another step."""
    size = recipe.batch_size
    train = parts_for(recipe, _RANDOM_BATCHES * size).train
    return recipe.with_(epochs=_FOREVER), as_parts(train.take(slice(0, len(train) // size * size)))


def as_parts(samples: Samples) -> Parts:
    """Use all samples for training; nothing here evaluates."""
    return Parts(samples, samples.take(slice(0, 0)), samples.take(slice(0, 0)))


def threads_for(recipe: Recipe) -> int:
    """Compute the CPU threads that a real run of the recipe would use."""
    return choose_threads(step_work(recipe))
