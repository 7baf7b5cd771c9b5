"""Measurements by name, each with the budget it is checked against."""

from __future__ import annotations

import statistics
from functools import partial

from explorer.bench import devices, start_up, waiting
from explorer.bench.loops import BookLoop, HandLoop, OurLoop, plain_lenet
from explorer.bench.machine import threads
from explorer.bench.measurement import Measurement, Row
from explorer.bench.stacked import compare_stacks
from explorer.bench.subjects import (
    as_parts,
    gray_samples,
    lenet_recipe,
    mlp_recipe,
    playground_recipe,
    random_samples,
    resnet_recipe,
    threads_for,
)
from explorer.bench.timing import Comparison, Effort, compare, compare_anew
from explorer.recipe import Recipe
from explorer.spec import Registry
from explorer.training.loop.parts import load_parts

_LENETS = {"lenet": "LeNet, sigmoid, batch 256", "lenet_relu": "LeNet, ReLU, batch 256"}


def _against(key: str, title: str, result: Comparison, **budget: float) -> Row:
    ours, theirs = result.examples_per_s
    low, high = result.spread
    return Row(key, title, result.ratio, "×", low, high, cpu=result.cpu_ratio,
               detail=f"{ours:,.0f} : {theirs:,.0f} examples/s", **budget)


def _vs_handwritten(effort: Effort, device: str) -> list[Row]:
    samples, what = gray_samples(effort.samples)
    rows = []
    for name, title in _LENETS.items():
        recipe = lenet_recipe(name)
        for fused in (None, True):
            key = "vs_handwritten" + ("" if name == "lenet" else "_relu") + ("_fused" if fused else "")
            with threads(threads_for(recipe)):
                result = compare_anew(
                    partial(OurLoop, recipe, as_parts(samples), device),
                    lambda name=name, recipe=recipe, fused=fused: HandLoop(
                        plain_lenet(name), samples, 0.9, recipe.batch_size, device, fused),
                    effort.pairs, effort.bout_s, device)
            label = f"{title}, {what}; {'fused optimizer' if fused else 'plain optimizer'} by hand"
            rows.append(_against(key, label, result, at_least=1.0))
    return rows


def _against_book(key: str, workers: int, pairs: int, bout_s: float, effort: Effort, device: str,
                  **budget: float) -> Row:
    samples, what = gray_samples(effort.samples)
    recipe = lenet_recipe()
    with threads(threads_for(recipe)):
        book = BookLoop(plain_lenet("lenet"), samples, 0.9, recipe.batch_size, device, workers)
        ours = OurLoop(recipe, as_parts(samples), device)
        result = compare(ours, book, pairs, bout_s, device)
    return _against(key, f"{_LENETS['lenet']}, {what}; {workers} loader workers", result, **budget)


def _vs_dataloader(effort: Effort, device: str) -> list[Row]:
    return [_against_book("vs_dataloader", 0, effort.pairs, effort.bout_s, effort, device, at_least=1.5)]


def _vs_dataloader_4_workers(effort: Effort, device: str) -> list[Row]:
    return [_against_book("vs_dataloader_4_workers", 4, effort.slow_pairs, 4 * effort.bout_s, effort, device)]


def _overhead(key: str, title: str, recipe: Recipe, shape: tuple[int, ...], pairs: int, at_most: float,
              effort: Effort, device: str, bout_s: float | None = None) -> Row:
    """Measure the share of time that the recipe's recording adds: (without any : with) - 1."""
    parts = as_parts(random_samples(effort.samples, shape))
    with threads(threads_for(recipe)):
        loops = [OurLoop(recipe, parts, device, instruments) for instruments in (False, True)]
        result = compare(*loops, pairs, effort.bout_s if bout_s is None else bout_s, device)
    low, high = result.spread
    off, on = result.examples_per_s
    return Row(key, title, result.ratio - 1, "share", low - 1, high - 1, at_most=at_most, cpu=result.cpu_ratio - 1,
               detail=f"{on:,.0f} with, {off:,.0f} without, examples/s")


def _light_overhead(effort: Effort, device: str) -> list[Row]:
    gray = (1, 28, 28)
    return [
        _overhead("light_overhead", _LENETS["lenet"], lenet_recipe(), gray, 2 * effort.pairs, 0.03, effort, device),
        _overhead("light_overhead_relu", _LENETS["lenet_relu"], lenet_recipe("lenet_relu"), gray, 2 * effort.pairs,
                  0.03, effort, device),
        _overhead("light_overhead_mlp", "MLP 784-256-128-10, batch 32", mlp_recipe(), gray, 2 * effort.pairs, 0.15,
                  effort, device),
        _overhead("light_overhead_resnet20", "ResNet-20, 3×32×32, batch 64", resnet_recipe(), (3, 32, 32),
                  2 * effort.slow_pairs, 0.03, effort, device),
    ]


def _full_overhead(effort: Effort, device: str) -> list[Row]:
    """Measure in bouts so long that several steps are sampled in each."""
    def row(key: str, title: str, recipe: Recipe, shape: tuple[int, ...], bouts: int) -> Row:
        return _overhead(key, title, recipe.with_(instruments="full"), shape, 2 * effort.slow_pairs, 0.25, effort,
                         device, bouts * effort.bout_s)

    gray = (1, 28, 28)
    return [row("full_overhead", _LENETS["lenet"], lenet_recipe(), gray, 12),
            row("full_overhead_relu", _LENETS["lenet_relu"], lenet_recipe("lenet_relu"), gray, 12),
            row("full_overhead_mlp", "MLP 784-256-128-10, batch 32", mlp_recipe(), gray, 6),
            row("full_overhead_resnet20", "ResNet-20, 3×32×32, batch 64", resnet_recipe(), (3, 32, 32), 40)]


def _playground(effort: Effort, device: str) -> list[Row]:
    """Measure updates per second; TensorFlow Playground does 1,500 on its default problem."""
    recipe = playground_recipe()
    parts = load_parts(recipe)
    with threads(threads_for(recipe)):
        loops = [OurLoop(recipe, parts, device, instruments) for instruments in (True, False)]
        per_s, bare_per_s = (examples / recipe.batch_size for examples in
                             compare(*loops, effort.pairs, effort.bout_s, device).examples_per_s)
    return [Row("playground", "Playground, 2-4-2-2 tanh, batch 10, with basic recording", per_s,
                "updates/s", at_least=1500.0, detail=f"{bare_per_s:,.0f} without recording")]


def _stacked(effort: Effort, device: str) -> list[Row]:
    """Measure steps a second of all networks of a stack together; no budget, since a CPU gains nothing by it."""
    return [Row("stacked" if (key, count) == ("mlp", 1) else f"stacked_{key}_{count}", f"{title}, {count} at once",
                per_s, "steps/s",
                detail=f"{result.ratio:.2f}× of one after another; processor time {result.cpu_ratio:.2f}×")
            for key, title, count, result, per_s in compare_stacks(effort, device)]


def _shape_pass(effort: Effort, device: str) -> list[Row]:
    cold, edit = waiting.shape_pass_cold_ms(), waiting.shape_pass_after_edit_ms(effort.repeats)
    known, edited = waiting.zoo_shape_passes_ms(), waiting.zoo_edits_ms(effort.repeats)
    slowest, slowest_edited = max(known, key=known.get), max(edited, key=edited.get)
    return [Row("shape_pass_ms", "ResNet-20, after the first stage changed its width", edit, "ms", at_most=30.0),
            Row("shape_pass_cold_ms", "an unknown ResNet-20, the first in a process", cold, "ms"),
            Row("shape_pass_zoo_ms", f"{slowest}, the slowest of the zoo, opened for the first time", known[slowest],
                "ms", at_most=300.0),
            Row("shape_pass_zoo_edit_ms", f"{slowest_edited}, the slowest of the zoo, after its first layer got wider",
                edited[slowest_edited], "ms", at_most=30.0)]


def _first_point(effort: Effort, device: str) -> list[Row]:
    return [Row("first_point_s", "spare worker ready, LeNet on digits: start to the first row of metrics",
                waiting.first_point_s(effort.starts), "s", at_most=0.5)]


def _list_runs(effort: Effort, device: str) -> list[Row]:
    return [Row("list_runs_ms" if count == 200 else f"list_runs_{count}_ms",
                f"{count:,} runs: what Home reads of them, the list and the last eight", ms, "ms", at_most=1000.0)
            for count in (200, 1000) for ms in [waiting.list_runs_ms(count, effort.repeats)]]


def _start_up(effort: Effort, device: str) -> list[Row]:
    result, took = start_up.in_turn(partial(start_up.one_step, device), partial(start_up.by_hand, device),
                                    effort.slow_pairs)
    ours, theirs = (statistics.median(one.wall_s for one in kind) for kind in took)
    spares = [start_up.spare_worker() for _ in range(effort.starts)]
    low, high = result.spread
    return [Row("start_up", "python -m explorer train, LeNet on digits, one step; by hand with torch alone",
                result.ratio, "×", low, high, at_most=1.15, cpu=result.cpu_ratio,
                detail=f"{ours:.2f} : {theirs:.2f} s"),
            Row("start_up_first_line_s", "python -m explorer train: start to its first line",
                start_up.first_line_s(device, effort.slow_pairs), "s", at_most=0.2),
            Row("start_up_spare_s", "a spare worker: start to ready", statistics.median(one.wall_s for one in spares),
                "s", cpu=statistics.median(one.cpu_s for one in spares))]


MEASUREMENTS: Registry[Measurement] = Registry("measurement", (
    Measurement("vs_handwritten", "Our loop, with basic recording, against a loop written by hand", _vs_handwritten),
    Measurement("vs_dataloader", "Our loop against the course book's", _vs_dataloader),
    Measurement("vs_dataloader_4_workers", "Our loop against the course book's, 4 workers", _vs_dataloader_4_workers),
    Measurement("light_overhead", "The cost of basic recording", _light_overhead),
    Measurement("full_overhead", "The cost of full recording, basic recording included", _full_overhead),
    Measurement("playground", "The Playground's problem", _playground),
    Measurement("step", "Steps of the zoo's recipes, as a run takes them", devices.steps),
    Measurement("deterministic", "What deterministic mode costs LeNet", devices.deterministic),
    Measurement("stacked", "Many small networks at once", _stacked),
    Measurement("shape_pass", "Shapes after an edit", _shape_pass),
    Measurement("first_point", "Train pressed, first point", _first_point),
    Measurement("start_up", "Starts of new processes", _start_up),
    Measurement("list_runs", "Many runs in the store", _list_runs),
))
