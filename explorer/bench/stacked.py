"""Several small networks at once, as a stack, against the same networks one after another."""

from __future__ import annotations

from explorer.bench.loops import OurLoop
from explorer.bench.machine import threads
from explorer.bench.subjects import as_parts, lenet_recipe, mlp_recipe, random_samples, threads_for
from explorer.bench.timing import Comparison, Effort, compare
from explorer.recipe import Recipe
from explorer.training.loop.graph import capture_on
from explorer.training.loop.parts import Parts
from explorer.training.loop.stack import Stack
from explorer.training.loop.torch_settings import set_deterministic

COUNTS = (1, 4, 16)


class StackLoop:
    """A stack of variants of one recipe that differ in their seeds, so that each has an order of its own."""

    def __init__(self, recipe: Recipe, count: int, parts: Parts, device: str) -> None:
        self._deterministic, self._samples = recipe.deterministic, count * recipe.batch_size
        self._stack = Stack([recipe.with_(seed=seed) for seed in range(count)], [parts] * count, device,
                            capture_on(device))

    def step(self) -> int:
        self._stack.step()
        return self._samples

    def prepare(self) -> None:
        set_deterministic(self._deterministic)

    def finish(self) -> None:
        self._stack.rows()

    def leave(self) -> None:
        set_deterministic(False)


def compare_stacks(effort: Effort, device: str) -> list[tuple[str, str, int, Comparison, float]]:
    """Compare stacks with a network alone: (key, title, networks, result, steps a second of all networks together)."""
    subjects = {"mlp": ("MLP 784-256-128-10, batch 32", mlp_recipe()), "lenet": ("LeNet, batch 256", lenet_recipe())}
    parts = as_parts(random_samples(effort.samples, (1, 28, 28)))
    found = []
    for key, (title, recipe) in subjects.items():
        for count in COUNTS:
            with threads(threads_for(recipe)):
                stack = StackLoop(recipe, count, parts, device)
                result = compare(stack, OurLoop(recipe, parts, device), effort.slow_pairs, effort.bout_s, device)
            found.append((key, title, count, result, result.examples_per_s[0] / (count * recipe.batch_size)))
    return found
