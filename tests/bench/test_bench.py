"""The measurements run, say what they should, and compare like with like. Nothing here is timed against a limit."""

from __future__ import annotations

import json

import pytest
import torch
from torch.autograd import DeviceType
from torch.autograd.profiler_util import FunctionEvent

from explorer import bench, zoo
from explorer.__main__ import main
from explorer.bench import command, machine
from explorer.bench.device_time import DeviceTime, device_time
from explorer.bench.devices import StepTime, time_step
from explorer.bench.loops import BookLoop, HandLoop, OurLoop, PictureSamples, plain_lenet
from explorer.bench.measurement import Row
from explorer.bench.subjects import as_parts, lenet_recipe, mlp_recipe, random_samples, resnet_recipe, whole_batches
from explorer.bench.timing import Bout, Comparison, compare
from explorer.document import chain

TINY = bench.Effort(pairs=2, bout_s=0.0, slow_pairs=2, samples=600, repeats=2, starts=1)


@pytest.fixture
def samples():
    return random_samples(600, (1, 28, 28))


@pytest.mark.parametrize("name", ["lenet", "lenet_relu"])
def test_the_loop_by_hand_and_ours_do_the_same_work(name, samples):
    recipe = lenet_recipe(name).with_optimizer("sgd", lr=0.1)
    ours = OurLoop(recipe, as_parts(samples), "cpu")
    hand = HandLoop(plain_lenet(name), samples, 0.1, recipe.batch_size, "cpu")
    for mine, theirs in zip(ours.trainer.model.parameters(), hand.model.parameters(), strict=True):
        theirs.data.copy_(mine.data)
    hand.order = ours.trainer.batches.order_of(0)
    losses = []
    for _ in range(3):
        assert ours.step() == hand.step()
        losses.append(hand.last_loss.item())
    assert ours.trainer.instruments.flush().loss.tolist() == pytest.approx(losses, abs=1e-5)


def test_the_books_loop_trains_on_the_same_pixels(samples):
    picture, target = PictureSamples(samples)[3]
    assert torch.equal(picture, samples.inputs[3].float() / 255)
    assert target == samples.targets[3]
    book = BookLoop(plain_lenet("lenet"), samples, 0.1, 256, "cpu")
    assert [book.step() for _ in range(4)] == [256, 256, 88, 256]
    assert book.totals[2] == 856


def test_every_sample_is_seen_once_an_epoch_by_hand(samples):
    hand = HandLoop(plain_lenet("lenet"), samples, 0.1, 256, "cpu")
    assert [hand.step() for _ in range(4)] == [256, 256, 88, 256]


def test_the_ratio_is_the_median_of_the_pairs_and_lies_in_its_spread():
    first = tuple(Bout(per_s, per_s) for per_s in (10.0, 30.0, 20.0))
    result = Comparison(first, (Bout(10.0, 20.0),) * 3)
    assert (result.ratio, result.cpu_ratio) == (2.0, 1.0)
    assert result.spread == (1.0, 3.0)


def test_comparing_leaves_torch_as_it_was(samples):
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    with machine.threads(1):
        loops = [OurLoop(mlp_recipe(), as_parts(samples), "cpu", instruments) for instruments in (True, False)]
        assert compare(*loops, 3, 0.0, "cpu").ratio > 0
    assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == before


@pytest.mark.parametrize(("row", "verdict"), [
    (Row("a", "", 1.2, at_least=1.0), "met"), (Row("a", "", 0.9, low=0.8, high=0.95, at_least=1.0), "missed"),
    (Row("a", "", 0.98, low=0.9, high=1.1, at_least=1.0), "within the spread"), (Row("a", "", 5.0), ""),
    (Row("a", "", 1.2, low=0.9, high=1.4, at_least=1.0), "within the spread"),
    (Row("a", "", 1.2, low=1.1, high=1.4, at_least=1.0), "met"),
    (Row("a", "", 0.04, "share", 0.03, 0.05, at_most=0.03), "within the spread"),
    (Row("a", "", 0.02, "share", at_most=0.03), "met"), (Row("a", "", 0.6, "s", at_most=0.5), "missed"),
])
def test_a_figure_is_held_against_its_budget(row, verdict):
    assert row.verdict == verdict
    assert row.verdict in command.line(row)


@pytest.mark.parametrize("name", ["vs_handwritten", "vs_dataloader", "light_overhead", "full_overhead", "playground",
                                  "stacked"])
def test_a_measurement_ends_with_one_line_of_json(name, monkeypatch, capsys):
    monkeypatch.setattr("explorer.bench.measurements.resnet_recipe", mlp_of_colors)
    assert bench.main(name, True, "cpu", TINY) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found[name] > (-1 if name.endswith("_overhead") else 0)
    assert {"machine", "date", "torch", "threads", "rows", "load"} <= set(found)
    assert name in found["rows"]


@pytest.mark.parametrize("name", ["step", "deterministic"])
def test_steps_are_timed_on_a_cpu_by_the_clock_alone(name, monkeypatch, capsys):
    monkeypatch.setattr(zoo, "trainable", lambda: ["playground", "mlp"])
    assert bench.main(name, True, "cpu", TINY) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found[name] > 0
    if name == "step":
        assert found["step"] == pytest.approx(found["step_playground"] + found["step_mlp"], abs=1e-3)
        assert found["rows"]["step_mlp"]["batch"] == 32 and "step_mlp_ratio" not in found


def test_a_long_step_is_held_against_what_the_gpu_computes_a_short_one_against_the_bare_graph():
    long, short = (DeviceTime(busy_ms, {}) for busy_ms in (4.0, 0.2))
    assert StepTime(4.2, 9.0, long, 4.1).budget == (1.05, 1.1)
    assert StepTime(0.36, 2.7, short, 0.3).budget == (pytest.approx(1.2), 1.2)
    assert StepTime(2.2, 2.7, short, None).budget == (pytest.approx(11.0), 1.1)
    assert StepTime(3.0).budget is None
    assert StepTime(3.0).figures == {"step_ms": 3.0}


def test_what_a_gpu_does_side_by_side_counts_once_and_annotations_do_not_count():
    def event(name, start_us, end_us, **more):
        return FunctionEvent(0, name, 0, start_us, end_us, device_type=DeviceType.CUDA, **more)

    seen = [event("conv", 0, 2000), event("copy", 1000, 3000), event("conv", 5000, 6000),
            event("Optimizer.step", 0, 9000, is_user_annotation=True)]
    found = device_time(seen, steps=2)
    assert found.busy_ms == 2.0
    assert found.kernels == {"conv": 1.5, "copy": 1.0}
    assert device_time([], steps=2) is None


@pytest.mark.cuda
def test_on_a_gpu_a_step_is_a_graph_and_its_kernels_are_seen():
    found = time_step(*whole_batches(zoo.recipe("mlp")), TINY, "cuda")
    assert set(found.figures) == {"step_ms", "ordinary_ms", "busy_ms", "replay_ms"}
    assert found.budget[0] > 0.9


def mlp_of_colors():
    """Stands in for ResNet-20, whose steps are slow; the network itself is tested above."""
    return resnet_recipe().with_(
        network=chain("Small", ("input", "input", {"shape": [3, 32, 32]}), ("flatten", "flatten", {}),
                      ("linear", "linear", {"out_features": 10})))


def test_an_unknown_measurement_ends_in_one_sentence(capsys):
    assert bench.main("vs_handwriten", False) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert "vs_handwritten" in told.err


@pytest.mark.skipif(torch.backends.mps.is_available(), reason="there is one here")
def test_a_device_that_is_not_here_is_refused_and_not_replaced(capsys):
    assert main(["bench", "--only", "playground", "--device", "mps"]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", "There is no device mps here.\n")


def test_every_measurement_has_a_title():
    assert {"vs_handwritten", "vs_dataloader", "vs_dataloader_4_workers", "light_overhead", "shape_pass",
            "first_point"} <= set(bench.MEASUREMENTS.names())
    assert all(measurement.title for measurement in bench.MEASUREMENTS)
