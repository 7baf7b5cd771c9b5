"""A step as a graph gives what ordinary steps give. Here kernels are repeated by a stand-in, on a GPU by CUDA."""

import sys

import numpy as np
import pytest
import torch
from comparing import assert_same_run, assert_same_steps
from recorded_graph import Asked, RecordingCapture
from small_runs import digits_recipe, plane_recipe, regression_recipe, text_recipe
from torch import nn

from explorer import zoo
from explorer.data import Samples
from explorer.recipe import AUGMENTATIONS, SCHEDULES, choose
from explorer.text import Text
from explorer.training import Session, Trainer, load_parts
from explorer.training.loop import device_rows, loop, sampler
from explorer.training.loop.execution import why_ordinary
from explorer.training.loop.graph import STEPS_BEFORE, Graphed, capture_on
from explorer.training.loop.parts import Parts
from explorer.training.loop.torch_settings import prepare_torch
from explorer.training.records.metrics import read_facts, read_steps
from explorer.training.work import session

WHOLE = "A whole step is launched as one CUDA graph"
SINGLE = "Each operation of a step is launched by itself."


class NoGraph(RecordingCapture):
    """A capture that always fails: the same steps, on the same buffers, kernel by kernel."""

    def __init__(self):
        super().__init__(RuntimeError("no graph here"))


class Taught:
    """A trainer that has taken steps: its rows and weights, and what made its graph."""

    def __init__(self, recipe, parts, steps, capture, flush_at=(), device="cpu", between=lambda trainer: None):
        prepare_torch(recipe)
        torch.manual_seed(0)
        self.capture = capture
        self.trainer = trainer = Trainer(recipe, parts, device, capture=capture)
        self.flushed = []
        while trainer.step < steps and not trainer.finished:
            trainer.train_step()
            between(trainer)
            if trainer.step in flush_at:
                self.flushed.append(trainer.instruments.flush())
        self.flushed.append(trainer.instruments.flush())
        self.rows = self.flushed[-1]

    @property
    def weights(self):
        return {name: value.clone() for name, value in self.trainer.weights().items()}


def assert_same(one, other):
    assert len(one.rows) == len(other.rows) > 0
    assert np.isfinite(one.rows.loss).all()
    for name in ("step", "size", "gradient_norm"):
        assert np.array_equal(getattr(one.rows, name), getattr(other.rows, name), equal_nan=True), name
    for name, values in one.rows.scalars.items():
        assert np.array_equal(values, other.rows.of(name), equal_nan=True), name
    mine, theirs = one.weights, other.weights
    assert all(torch.equal(mine[name], theirs[name]) for name in mine)
    (tensors, position), (others, their_position) = one.trainer.state(), other.trainer.state()
    assert position == their_position
    assert all(torch.equal(tensors[name].cpu(), others[name].cpu()) for name in tensors)


def compare(recipe, steps=9, parts=None, device="cpu", graph=None, **more):
    """Take the steps as graphs and one kernel after the other; both must be the same bit for bit."""
    parts = parts or load_parts(recipe)
    graphed = Taught(recipe, parts, steps, graph or RecordingCapture(), device=device, **more)
    ordinary = Taught(recipe, parts, steps, NoGraph() if graph is None else None, device=device, **more)
    assert_same(graphed, ordinary)
    return graphed, ordinary


def small(name):
    """The zoo's recipe in batches of four, and one of two; the pixels are random where its data are not shipped."""
    recipe = zoo.recipe(name).with_(batch_size=4, train_samples=None, device="cpu", threads=1)
    if recipe.data.name != "cifar10":
        return (cut := recipe.with_(train_samples=18)), load_parts(cut)
    generator = torch.Generator().manual_seed(0)
    samples = Samples(torch.randint(0, 256, (18, 3, 32, 32), dtype=torch.uint8, generator=generator),
                      torch.randint(0, 10, (18,), generator=generator), tuple("0123456789"))
    return recipe, Parts(samples, samples.take(slice(0, 2)), samples.take(slice(0, 2)))


SLOW = {"googlenet", "resnet18", "resnet34", "vgg16", "char_transformer", "vgg11"}
NAMES = [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in zoo.trainable()]


@pytest.mark.parametrize("name", NAMES)
def test_every_recipe_of_the_zoo_gives_the_same_losses_as_a_graph_bit_for_bit(name):
    recipe, parts = small(name)
    graphed, _ = compare(recipe, 7, parts)
    assert graphed.capture.captured == 1
    assert graphed.capture.replays == 7 - 1 - STEPS_BEFORE  # step 5 is the batch of two
    assert str(graphed.trainer.execution).startswith(WHOLE)


@pytest.mark.parametrize(("optimizer", "params"), [
    ("sgd", {"lr": 0.1}), ("sgd", {"lr": 0.1, "momentum": 0.9}),
    ("sgd", {"lr": 0.1, "momentum": 0.9, "nesterov": True}), ("sgd", {"lr": 0.1, "momentum": 0.9, "dampening": 0.5}),
    ("adam", {"lr": 0.01}), ("adam", {"lr": 0.01, "amsgrad": True}), ("adamw", {"lr": 0.01}),
    ("rmsprop", {}), ("rmsprop", {"momentum": 0.9, "centered": True})])
def test_every_optimizer_that_can_be_captured_takes_the_same_steps(optimizer, params, monkeypatch):
    # PyTorch knows that RMSProp can be captured on a GPU; with the stand-in it can be on a CPU.
    monkeypatch.setattr(sys.modules["torch.optim.rmsprop"], "_get_capturable_supported_devices",
                        lambda *_more, **_: ["cpu", "cuda"])
    graphed, _ = compare(plane_recipe().with_optimizer(optimizer, **params).with_(weight_decay=0.01), 40)
    assert graphed.capture.captured == 1


@pytest.mark.parametrize("settings", [
    {"clip_norm": 0.01}, {"clip_value": 0.001}, {"averaging": 0.9}, {"precision": "bf16"}, {"label_noise": 0.3},
    {"balanced": True}, {"lr_factors": {"linear1": 0.1}}, {"lr_factors": {"linear1": 0}}, {"warmup_epochs": 1},
    {"schedule": choose(SCHEDULES, "cosine", {})}, {"schedule": choose(SCHEDULES, "step", {})}], ids=str)
def test_what_changes_from_step_to_step_is_never_stale(settings):
    graphed, _ = compare(plane_recipe(**settings), 40)
    assert graphed.capture.captured == 1


def test_a_learning_rate_changed_by_hand_reaches_the_captured_step():
    def change(trainer):
        if trainer.step in (10, 20):
            trainer.learning_rate.change(1 / trainer.step, trainer.step)

    graphed, _ = compare(plane_recipe(), 40, between=change)
    unchanged, _ = compare(plane_recipe(), 40)
    assert not torch.equal(graphed.weights["linear1.weight"], unchanged.weights["linear1.weight"])


@pytest.mark.parametrize("make", [digits_recipe, regression_recipe, text_recipe])
def test_dropout_running_statistics_and_every_kind_of_target_are_the_same(make):
    graphed, _ = compare(make(epochs=1), 12)
    assert graphed.capture.captured == 1


def test_augmentation_is_drawn_anew_for_every_captured_step():
    recipe = digits_recipe(augmentation=(choose(AUGMENTATIONS, "crop", {}), choose(AUGMENTATIONS, "rotation", {})))
    graphed, _ = compare(recipe, 12)
    assert "Augmentation is done before it." in str(graphed.trainer.execution)
    plain, _ = compare(digits_recipe(), 12)
    assert not np.array_equal(graphed.rows.loss, plain.rows.loss)


def test_an_evaluation_and_a_look_between_steps_change_nothing():
    def look(trainer):
        trainer.evaluate_validation()
        trainer.weights()

    graphed, _ = compare(digits_recipe(averaging=0.9), 12, between=look)
    undisturbed, _ = compare(digits_recipe(averaging=0.9), 12)
    assert np.array_equal(graphed.rows.loss, undisturbed.rows.loss)


@pytest.mark.usefixtures("always")
def test_steps_that_full_recording_looks_into_are_ordinary_and_the_samples_the_same(monkeypatch):
    monkeypatch.setattr(sampler, "stride_at", lambda step: 4)
    graphed, ordinary = compare(plane_recipe(instruments="full"), 24)
    assert graphed.capture.replays == 24 - 24 // 4 - STEPS_BEFORE
    mine, theirs = (taught.trainer.sampler.flush() for taught in (graphed, ordinary))
    assert [sample.step for sample in mine] == [4, 8, 12, 16, 20, 24]
    for one, other in zip(mine, theirs, strict=True):
        assert all(np.array_equal(values, other.values[name], equal_nan=True) for name, values in one.values.items())
    assert "full recording inspects" in str(graphed.trainer.execution)


@pytest.mark.parametrize("flush_at", [(1,), (3, 4, 5), (9, 10), tuple(range(1, 30))])
def test_rows_are_complete_and_in_order_whenever_they_are_fetched(flush_at):
    whole, _ = compare(plane_recipe(batch_size=50, epochs=4), 30)
    parts = Taught(whole.trainer.recipe, load_parts(whole.trainer.recipe), 30, RecordingCapture(), flush_at).flushed
    assert np.concatenate([rows.step for rows in parts]).tolist() == list(range(1, 31))
    assert np.array_equal(np.concatenate([rows.loss for rows in parts]), whole.rows.loss)
    assert np.array_equal(np.concatenate([rows.of("accuracy") for rows in parts]), whole.rows.of("accuracy"))
    assert np.array_equal(np.concatenate([rows.gradient_norm for rows in parts]), whole.rows.gradient_norm)


def test_a_full_table_of_rows_is_fetched_and_begun_again(monkeypatch):
    monkeypatch.setattr(device_rows, "ROWS", 5)
    compare(plane_recipe(), 33)


def test_a_resumed_run_captures_anew_and_goes_on_as_if_it_had_never_stopped():
    recipe = digits_recipe(averaging=0.9)
    parts = load_parts(recipe)
    whole = Taught(recipe, parts, 24, RecordingCapture())
    first = Taught(recipe, parts, 10, RecordingCapture())
    state = [{name: value.clone() for name, value in first.trainer.weights().items()}, *first.trainer.state()]
    torch.manual_seed(7)
    again = Trainer(recipe, parts, capture=(capture := RecordingCapture()))
    for _ in range(6):
        again.train_step()  # captured, on weights that are about to be replaced
    again.load_state(*state)
    again.instruments.flush()
    while again.step < 24:
        again.train_step()
    assert capture.captured == 2
    assert np.array_equal(again.instruments.flush().loss, whole.rows.loss[10:])


@pytest.mark.parametrize(("error", "words"), [
    (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate"), "not enough GPU memory"),
    (RuntimeError("operation not permitted\nwhen stream is capturing"), "captured: operation not permitted")])
def test_a_capture_that_fails_leaves_no_trace_but_the_reason(error, words):
    recipe = digits_recipe()
    parts = load_parts(recipe)
    refused = Taught(recipe, parts, 12, failing := RecordingCapture(error))
    assert_same(refused, Taught(recipe, parts, 12, RecordingCapture()))
    assert failing.replays == 0
    assert str(refused.trainer.execution).startswith(SINGLE)
    assert words in str(refused.trainer.execution)


def test_the_first_of_several_errors_is_the_reason():
    class Breaking(RecordingCapture):
        def __call__(self, body):
            try:
                return super().__call__(body)
            except Asked as error:  # as CUDA's own exit does
                raise RuntimeError("the capture was broken off") from error

    graphed = Graphed(lambda: torch.ones(1).item(), capture := Breaking())
    for _ in range(STEPS_BEFORE + 1):
        graphed()
    assert "asks the device for a number" in str(graphed.why_not)
    assert capture.given_up == 1


class Asking(nn.Module):
    """A layer that asks for a number at each step."""

    def forward(self, x):
        return x * (2.0 if x.sum().item() > 0 else 1.0)


def test_a_network_that_asks_the_device_for_a_number_takes_ordinary_steps(monkeypatch):
    draw = loop.draw_model
    monkeypatch.setattr(loop, "draw_model", lambda recipe: nn.Sequential(draw(recipe), Asking()))
    graphed, _ = compare(plane_recipe(), 20)
    assert graphed.capture.captured == 0
    assert "asks the device for a number" in str(graphed.trainer.execution)


def test_adagrad_and_fp16_are_known_to_take_ordinary_steps_and_so_are_other_devices():
    recipe, capture, gpu = plane_recipe(), RecordingCapture(), torch.device("cuda")
    assert why_ordinary(recipe, capture, gpu) is None
    assert "Adagrad" in str(why_ordinary(recipe.with_optimizer("adagrad"), capture, gpu))
    assert "bf16 needs no scale" in str(why_ordinary(recipe.with_(precision="fp16"), capture, gpu))
    assert "Apple" in str(why_ordinary(recipe, None, torch.device("mps")))
    adagrad = Taught(recipe.with_optimizer("adagrad"), load_parts(recipe), 12, capture)
    assert (capture.captured, capture.asides) == (0, 0)
    assert str(adagrad.trainer.execution).startswith(f"{SINGLE} Adagrad computes a part of each step on the CPU")


def test_an_evaluation_that_finds_no_room_beside_a_graph_gives_the_graph_up(monkeypatch):
    recipe = digits_recipe()
    parts = load_parts(recipe)
    taught = Taught(recipe, parts, 12, capture := RecordingCapture())
    evaluate, full = loop.evaluate, []
    monkeypatch.setattr(loop, "evaluate", lambda *args: evaluate(*args) if not full else fail(full.pop()))
    whole = Taught(recipe, parts, 12, RecordingCapture())
    full.append(torch.OutOfMemoryError("CUDA out of memory"))
    assert taught.trainer.evaluate_validation() == whole.trainer.evaluate_validation()
    assert capture.given_up == 1
    assert "not enough GPU memory" in str(taught.trainer.execution)
    for each in (taught, whole):
        torch.manual_seed(1)  # of dropout, which all trainers of a process share
        each.trainer.train_step()
        each.rows = each.trainer.instruments.flush()
    assert_same(taught, whole)
    full.append(torch.OutOfMemoryError("CUDA out of memory"))
    with pytest.raises(torch.OutOfMemoryError):  # without a graph there is nothing to give up
        taught.trainer.evaluate_validation()


def fail(error):
    raise error


def test_an_epoch_of_one_batch_that_is_never_full_is_a_graph_as_well():
    graphed, _ = compare(plane_recipe(batch_size=1000, epochs=8), 8)
    assert graphed.capture.replays == 8 - STEPS_BEFORE
    assert "smaller batch" not in str(graphed.trainer.execution)


def test_a_cpu_an_apple_gpu_and_an_amd_card_capture_nothing(monkeypatch):
    assert capture_on("cpu") is None
    assert capture_on("mps") is None
    monkeypatch.setattr(torch.version, "hip", "6.4")
    assert capture_on("cuda") is None
    assert "NVIDIA" in str(why_ordinary(plane_recipe(), None, torch.device("cuda")))


def test_the_stand_in_shows_a_number_that_python_kept():
    weight, rate = torch.zeros(1), [1.0]
    graphed = Graphed(lambda: weight.add_(rate[0]), RecordingCapture())
    for _ in range(STEPS_BEFORE + 1):
        graphed()
    assert weight.item() == STEPS_BEFORE + 1
    rate[0] = 100.0
    graphed()
    assert weight.item() == STEPS_BEFORE + 2  # as CUDA would: the 1.0 of the capture


def test_a_run_records_how_it_was_executed_and_corrects_it_when_a_capture_fails(trained, store, monkeypatch):
    plain, _ = trained(plane_recipe())
    assert str(Text.from_dict(read_facts(plain.metrics_path)["execution"])).startswith(SINGLE)
    captures = [RecordingCapture(), NoGraph()]
    monkeypatch.setattr(session, "capture_on", lambda _device: captures[0])
    whole, _ = trained(plane_recipe(epochs=4))
    assert str(Text.from_dict(read_facts(whole.metrics_path)["execution"])).startswith(WHOLE)
    captures.pop(0)
    refused, _ = trained(plane_recipe(epochs=4))
    assert "no graph here" in str(Text.from_dict(read_facts(refused.metrics_path)["execution"]))
    assert_same_run(whole, refused)


def test_a_run_interrupted_and_resumed_as_graphs_is_the_run_that_was_not(trained, store, monkeypatch):
    monkeypatch.setattr(session, "capture_on", lambda _device: RecordingCapture())
    recipe = digits_recipe(instruments="full")
    whole, _ = trained(recipe)
    run = store.create(recipe)
    broken = Session(run)
    broken.prepare()
    steps = broken.steps()
    while next(steps) < 17:
        pass
    broken.recorder.flush()
    broken.recorder.keep_state()
    assert Session(run).execute().state == "finished"
    assert_same_steps(*(read_steps(each.metrics_path) for each in (whole, run)))


@pytest.mark.cuda
@pytest.mark.parametrize("name", zoo.trainable())
def test_on_a_gpu_every_recipe_of_the_zoo_gives_the_same_losses_as_a_cuda_graph_bit_for_bit(name):
    recipe, parts = small(name)
    graphed, _ = compare(recipe.with_(device="cuda"), 12, parts, "cuda", capture_on("cuda"))
    assert str(graphed.trainer.execution).startswith(WHOLE)


@pytest.mark.cuda
def test_on_a_gpu_a_failed_capture_leaves_the_curve_and_the_generator_as_they_were(monkeypatch):
    draw = loop.draw_model
    monkeypatch.setattr(loop, "draw_model", lambda recipe: nn.Sequential(draw(recipe), Asking(), nn.Dropout(0.2)))
    recipe = digits_recipe(device="cuda")
    graphed, _ = compare(recipe, 20, device="cuda", graph=capture_on("cuda"))
    assert "could not be captured" in str(graphed.trainer.execution)
