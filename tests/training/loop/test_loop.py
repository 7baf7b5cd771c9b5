"""The loop against plain PyTorch written here, and against itself."""

import itertools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from comparing import batches
from small_runs import digits_recipe, plane_recipe, regression_recipe
from torch import nn

from explorer import data, network, zoo
from explorer.recipe import INITIALIZATIONS, LOSSES, Chosen, choose
from explorer.training import Trainer, load_parts
from explorer.training.loop.batches import count_batches
from explorer.training.records.checkpoints import frame_steps, load_frame
from explorer.training.records.metrics import read_epochs, read_facts, read_steps


def curve(run):
    steps = read_steps(run.metrics_path)
    return [steps.step, steps.loss, steps.of("accuracy"), steps.gradient_norm]


def same(a, b):
    return all(np.array_equal(x, y, equal_nan=True) for x, y in zip(a, b, strict=True))


def plain_model(recipe):
    """The plane network in plain PyTorch, with the weights the builder draws."""
    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))
    built = network.build(recipe.network, recipe.seed).state_dict()
    model.load_state_dict({"0.weight": built["linear1.weight"], "0.bias": built["linear1.bias"],
                           "2.weight": built["linear2.weight"], "2.bias": built["linear2.bias"]})
    return model


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("make", [plane_recipe, digits_recipe, regression_recipe])
def test_the_same_recipe_twice_gives_the_same_curve_bit_for_bit(trained, make, threads):
    first, second = (trained(make(threads=threads, seed=5))[0] for _ in range(2))
    assert len(read_steps(first.metrics_path)) > 20
    assert same(curve(first), curve(second))
    assert read_epochs(first.metrics_path) == read_epochs(second.metrics_path)


def test_another_seed_gives_another_curve(trained):
    first, second = (trained(plane_recipe(seed=seed))[0] for seed in (0, 1))
    assert not same(curve(first), curve(second))


@pytest.mark.parametrize(("optimizer", "params"), [("sgd", {}), ("sgd", {"momentum": 0.9}), ("adam", {"lr": 0.01})])
def test_the_first_20_losses_and_gradient_norms_are_those_of_a_loop_written_by_hand(trained, optimizer, params):
    recipe = plane_recipe(seed=3).with_optimizer(optimizer, **params)
    model = plain_model(recipe)
    lr = recipe.optimizer.params["lr"]
    hand = torch.optim.Adam(model.parameters(), lr) if optimizer == "adam" else \
        torch.optim.SGD(model.parameters(), lr, params.get("momentum", 0))
    losses, norms, right = [], [], []
    for x, y in batches(recipe, 20):
        outputs = model(x)
        loss = F.cross_entropy(outputs, y)
        hand.zero_grad()
        loss.backward()
        losses.append(loss.item())
        right.append((outputs.argmax(1) == y).float().mean().item())
        norms.append([torch.cat([p.grad.flatten() for p in layer.parameters()]).norm().item()
                      for layer in (model[0], model[2])])
        hand.step()
    run, _ = trained(recipe)
    ours = read_steps(run.metrics_path)
    assert ours.loss[:20] == pytest.approx(losses, abs=1e-6)
    assert ours.of("accuracy")[:20] == pytest.approx(right, abs=1e-6)
    assert ours.gradient_norm[:20] == pytest.approx(np.array(norms), abs=1e-6)
    assert read_facts(run.metrics_path)["layers"] == ["linear1", "linear2"]


def sgd_by_hand(w, gradients, lr, momentum=0.0, decay=0.0):
    v = np.zeros_like(w)
    for g in gradients:
        v = momentum * v + (g + decay * w)
        w = w - lr * v
        yield w


def adam_by_hand(w, gradients, lr, beta1=0.9, beta2=0.999, decay=0.0):
    m = s = np.zeros_like(w)
    for t, g in enumerate(gradients, 1):
        g = g + decay * w
        m, s = beta1 * m + (1 - beta1) * g, beta2 * s + (1 - beta2) * g**2
        w = w - lr * (m / (1 - beta1**t)) / (np.sqrt(s / (1 - beta2**t)) + 1e-8)
        yield w


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize(("name", "params", "by_hand"), [
    ("sgd", {"lr": 0.1}, sgd_by_hand), ("sgd", {"lr": 0.1, "momentum": 0.9}, sgd_by_hand),
    ("adam", {"lr": 0.01}, adam_by_hand)])
def test_the_first_three_updates_are_those_computed_by_hand_from_the_same_gradients(name, params, by_hand, decay):
    recipe = plane_recipe(weight_decay=decay).with_optimizer(name, **params)
    trainer = Trainer(recipe, load_parts(recipe))
    weight = trainer.model.linear1.weight
    weights, gradients = [weight.detach().double().numpy().copy()], []
    for _ in range(3):
        trainer.train_step()
        weights.append(weight.detach().double().numpy().copy())
        gradients.append(weight.grad.double().numpy().copy())
    expected = list(by_hand(weights[0], gradients, decay=decay, **params))
    assert np.abs(np.array(weights[1:]) - expected).max() < 1e-6


def test_an_epochs_row_is_the_mean_over_its_samples(trained):
    run, status = trained(digits_recipe())
    facts, steps = read_facts(run.metrics_path), read_steps(run.metrics_path)
    samples, per_epoch = facts["train_samples"], facts["batches_per_epoch"]
    sizes = np.array([64] * (per_epoch - 1) + [samples - 64 * (per_epoch - 1)])
    for index, row in enumerate(read_epochs(run.metrics_path)):
        part = slice(index * per_epoch, (index + 1) * per_epoch)
        assert row.step == (index + 1) * per_epoch
        assert row.value("train", "loss") == pytest.approx((steps.loss[part] * sizes).sum() / samples, rel=1e-12)
        right = (steps.of("accuracy")[part] * sizes).sum()
        assert row.value("train", "accuracy") == pytest.approx(right / samples, rel=1e-12)
        assert row.value("test", "loss") is None
    assert status.summary["train_loss"] == row.value("train", "loss")


def test_validation_and_test_are_measured_as_an_independent_computation_does(trained):
    recipe = digits_recipe(test_every_epoch=True)
    run, status = trained(recipe)
    parts = load_parts(recipe)
    model = network.build(recipe.network)
    model.load_state_dict(load_frame(run.frames_folder, frame_steps(run.frames_folder)[-1]))
    model.eval()
    row = read_epochs(run.metrics_path)[-1]
    found = {part: (row.value(part, "loss"), row.value(part, "accuracy")) for part in ("validation", "test")}
    for name, (loss, accuracy) in found.items():
        samples = getattr(parts, name)
        with torch.no_grad():
            logits = model(samples.inputs / 255)
        chosen = -logits.log_softmax(1)[torch.arange(len(samples)), samples.targets]
        assert loss == pytest.approx(chosen.mean().item(), rel=1e-5)
        assert accuracy == (logits.argmax(1) == samples.targets).sum().item() / len(samples)
    assert (status.summary["test_loss"], status.summary["test_accuracy"]) == found["test"]


def test_the_guess_levels_are_ln_k_with_the_largest_class_and_the_variance(trained):
    facts = read_facts(trained(digits_recipe(epochs=1))[0].metrics_path)
    train = load_parts(digits_recipe()).train
    assert facts["guess_loss"] == pytest.approx(math.log(10), rel=1e-6)
    assert facts["guess_accuracy"] == pytest.approx(np.bincount(train.targets).max() / len(train))
    facts = read_facts(trained(regression_recipe(epochs=1))[0].metrics_path)
    targets = load_parts(regression_recipe()).train.targets.double().numpy()
    assert facts["guess_loss"] == pytest.approx(((targets - targets.mean()) ** 2).mean(), rel=1e-5)
    assert facts["guess_accuracy"] is None
    absolute = regression_recipe(epochs=1).with_(loss=choose(LOSSES, "l1", {}))
    facts = read_facts(trained(absolute)[0].metrics_path)
    assert facts["guess_loss"] == pytest.approx(abs(targets - targets.mean()).mean())


def test_a_last_batch_of_one_is_left_out_so_that_batch_norm_trains(trained):
    samples = len(load_parts(digits_recipe()).train)
    size = next(size for size in range(20, samples) if samples % size == 1)
    _, status = trained(digits_recipe(batch_size=size, epochs=2))
    assert status.state == "finished", str(status.reason)
    assert status.summary["steps"] == 2 * (samples // size)
    assert count_batches(1, 32) == 1
    assert count_batches(33, 32) == 1
    assert count_batches(34, 32) == 2
    assert count_batches(33, 1) == 33


def test_all_numbers_of_a_run_are_plain_json(trained):
    seen = []
    _, status = trained(plane_recipe(validation_share=0), watch=lambda progress: seen.append(vars(progress).copy()))
    kinds = {type(value) for numbers in (*seen, status.summary) for value in numbers.values()}
    assert kinds <= {int, float, str, list, type(None)}
    assert status.summary["val_loss"] is None
    assert all(a["step"] <= b["step"] for a, b in itertools.pairwise(seen))


def settings_of_torch():
    return torch.get_num_threads(), torch.are_deterministic_algorithms_enabled(), torch.get_rng_state().tolist()


def test_training_leaves_torchs_settings_and_generator_as_they_were(trained):
    torch.manual_seed(7)
    before = settings_of_torch()
    trained(digits_recipe(epochs=1, threads=2 if before[0] == 1 else 1))
    assert settings_of_torch() == before


@pytest.mark.skipif(not data.is_available("mnist"), reason="real MNIST is not in $EXPLORER_DATA")
def test_the_modern_lenet_reaches_95_percent_on_mnist_in_one_epoch(trained):
    _, status = trained(zoo.recipe("lenet_relu").with_(epochs=1, device="cpu", data=Chosen("mnist")))
    assert status.summary["test_accuracy"] >= 0.95


def test_the_modern_lenet_reaches_92_percent_on_the_digits_in_five_epochs(trained):
    _, status = trained(zoo.recipe("lenet_relu").with_(epochs=5, device="cpu"))
    assert status.summary["test_accuracy"] >= 0.92


def test_lsuv_draws_the_same_start_whatever_was_drawn_before():
    recipe = digits_recipe(init=choose(INITIALIZATIONS, "lsuv", {}))
    parts, states = load_parts(recipe), []
    for seed in (1, 2):
        torch.manual_seed(seed)
        states.append(Trainer(recipe, parts).model.state_dict())
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
