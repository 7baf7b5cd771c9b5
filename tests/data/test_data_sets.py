"""The data sets: every entry of the registry, and the numbers of those that ship."""

import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer import data
from explorer.data import LABELS, NUMBERS, TEXT
from explorer.spec import BadValue, Number, UnknownName

SHIPPED = [name for name in data.names() if data.get(name).ships]
POINTS = ["xor", "circles", "moons", "spirals", "gaussians"]
GENERATED = [*POINTS, "linear", "sine"]


def test_importing_the_data_package_brings_in_no_torch():
    code = ("import sys, explorer.data as d; [d.is_available(n) for n in d.names()]; "
            "d.fit_note(d.get('digits'), (1, 28, 28)); "
            "sys.exit(any(m in sys.modules for m in ('torch', 'torchvision', 'sklearn', 'numpy')))")
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(data.__file__).parents[2]).returncode == 0


def test_the_menu_is_in_order_and_the_default_ships():
    assert data.names() == ["digits", "mnist", "fashion_mnist", "kmnist", "cifar10", "xor", "circles", "moons",
                            "spirals", "gaussians", "linear", "sine", "diabetes", "alice"]
    assert ["digits", *POINTS, "linear", "sine", "diabetes", "alice"] == SHIPPED


@pytest.mark.parametrize("name", data.names())
def test_every_data_set_has_a_description_and_a_source(name):
    dataset = data.get(name)
    assert dataset.title and dataset.summary.endswith(".") and dataset.license and dataset.source
    assert (dataset.kind is NUMBERS) == (dataset.classes == 0)
    assert len(set(dataset.class_names)) == dataset.classes != 1
    assert len(dataset.shape) == 3 or dataset.kind is TEXT or len(dataset.feature_names) == dataset.shape[0]
    assert dataset.ships == (dataset.download is None) == (dataset.download_bytes == 0)
    assert all(spec.parse(spec.default) == spec.default for spec in dataset.params)


@pytest.mark.parametrize("name", SHIPPED)
def test_both_parts_have_the_promised_shapes_and_kinds(name):
    dataset = data.get(name)
    for part in data.load(name):
        assert part.inputs.shape == (len(part), *dataset.shape)
        assert part.inputs.dtype == (torch.uint8 if len(dataset.shape) == 3 else torch.int64 if dataset.kind is TEXT
                                     else torch.float32)
        assert torch.isfinite(part.inputs.float()).all() and torch.isfinite(part.targets.float()).all()
        assert part.class_names == dataset.class_names
        if dataset.kind is LABELS:
            assert part.targets.dtype == torch.int64 and part.targets.shape == (len(part),)
            assert part.targets.unique().tolist() == list(range(dataset.classes))
        elif dataset.kind is TEXT:
            assert part.targets.dtype == torch.int64 and part.targets.shape == part.inputs.shape
            assert part.inputs.unique().tolist() == list(range(dataset.classes))
        else:
            assert part.targets.dtype == torch.float32 and part.targets.shape == (len(part), 1)


@pytest.mark.parametrize("name", GENERATED)
def test_a_seed_always_draws_the_same_samples_and_the_parts_are_drawn_apart(name):
    first, again, other = (data.get(name).load("train", **_params(name, seed)) for seed in (3, 3, 4))
    test = data.get(name).load("test", **_params(name, 3))
    assert torch.equal(first.inputs, again.inputs) and torch.equal(first.targets, again.targets)
    assert not torch.equal(first.inputs, other.inputs)
    assert not set(map(tuple, first.inputs.tolist())) & set(map(tuple, test.inputs.tolist()))


def _params(name, seed):
    return {**{spec.name: spec.default for spec in data.get(name).params}, "seed": seed}


@pytest.mark.parametrize("name", POINTS)
def test_points_are_balanced_stay_near_the_plane_and_come_in_random_order(name):
    train, test = data.load(name, {"samples": 400, "seed": 1})
    for part in (train, test):
        assert torch.bincount(part.targets).tolist() == [200, 200]
        assert part.inputs.abs().max() < 7 and part.inputs.mean(0).abs().max() < 0.6
    assert 120 < (train.targets[1:] != train.targets[:-1]).sum() < 280


@pytest.mark.parametrize(("name", "true_class"), [
    ("xor", lambda x: (x[:, 0] * x[:, 1] < 0)),
    ("circles", lambda x: x.norm(dim=1) > 3),
    ("gaussians", lambda x: x.sum(1) > 0),
])
def test_without_noise_the_stated_rule_parts_the_classes(name, true_class):
    train, _ = data.load(name, {"noise": 0, "samples": 200})
    assert torch.equal(true_class(train.inputs).long(), train.targets)


def test_spirals_lie_on_two_arms_half_a_turn_apart():
    train, _ = data.load("spirals", {"noise": 0, "turns": 2})
    radius, angle = train.inputs.norm(dim=1), torch.atan2(train.inputs[:, 0], train.inputs[:, 1])
    expected = 2 * torch.pi * 2 * radius / 5 + torch.pi * train.targets
    off = torch.remainder(angle - expected + torch.pi, 2 * torch.pi) - torch.pi
    assert off[radius > 0.05].abs().max() < 1e-3


def test_moons_without_noise_lie_on_the_half_circles_of_scikit_learn():
    from sklearn.datasets import make_moons

    train, _ = data.load("moons", {"noise": 0, "samples": 100})
    curve, kind = make_moons(4000, noise=None)
    mine = train.inputs.double() / (5 / 1.5) + torch.tensor([0.5, 0.25])
    for label in (0, 1):
        nearest = torch.cdist(mine[train.targets == label], torch.from_numpy(curve[kind == label])).min(1).values
        assert nearest.max() < 2e-3


def test_the_linear_data_gives_back_the_course_weights():
    train, test = data.load("linear")
    for part in (train, test):
        columns = np.column_stack([part.inputs.numpy(), np.ones(len(part))])
        solution = np.linalg.lstsq(columns, part.targets.numpy()[:, 0], rcond=None)[0]
        assert np.abs(solution - [2.0, -3.4, 4.2]).max() < 0.01
        assert np.std(part.targets.numpy()[:, 0] - columns @ solution) == pytest.approx(0.01, rel=0.1)


def test_the_sine_is_a_sine_with_the_stated_noise():
    train, _ = data.load("sine", {"noise": 0.2, "samples": 2000})
    assert float((train.targets - train.inputs.sin()).std()) == pytest.approx(0.2, rel=0.1)


def test_digits_are_scikit_learns_each_in_one_part_only():
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    train, test = data.load("digits")
    assert (len(train), len(test)) == (1438, 359)
    mine = torch.cat([train.inputs, test.inputs]).flatten(1).numpy()
    back = np.column_stack([np.round(mine * (16 / 255)), torch.cat([train.targets, test.targets])])
    theirs = np.column_stack([images, labels])
    assert sorted(map(tuple, back.tolist())) == sorted(map(tuple, theirs.tolist()))
    assert sorted(set(mine.ravel().tolist())) == [round(v * 255 / 16) for v in range(17)]
    assert torch.bincount(test.targets).min() >= 25


def test_diabetes_is_scaled_by_its_training_part():
    from sklearn.datasets import load_diabetes

    train, test = data.load("diabetes")
    assert (len(train), len(test)) == (354, 88)
    assert torch.allclose(train.inputs.mean(0), torch.zeros(10), atol=1e-5)
    assert torch.allclose(train.targets.std(correction=0), torch.ones(()), atol=1e-5)
    raw, _ = load_diabetes(return_X_y=True, scaled=False)
    mine = torch.cat([train.inputs, test.inputs]).double().numpy()
    assert np.allclose(np.sort(np.corrcoef(mine.T).ravel()), np.sort(np.corrcoef(raw.T).ravel()), atol=1e-5)
    assert data.get("diabetes").feature_names == tuple(load_diabetes().feature_names)


def test_a_loaded_set_is_kept_for_the_next_who_asks():
    assert data.load("moons", {"seed": 9})[0] is data.load("moons", {"seed": 9, "samples": 500})[0]
    assert data.load("moons", {"seed": 9})[0] is not data.load("moons", {"seed": 8})[0]


@pytest.mark.parametrize(("name", "params"), [("xor", {"noise": -1}), ("xor", {"nois": 1}), ("digits", {"seed": 0}),
                                              ("xor", {"samples": 10**9}), ("moons", {"seed": 2**32})])
def test_a_setting_out_of_range_or_unknown_is_refused(name, params):
    with pytest.raises(BadValue):
        data.load(name, params)


def test_an_unknown_data_set_is_refused_with_the_nearest_name():
    with pytest.raises(UnknownName, match="Did you mean circles"):
        data.load("circle")


@pytest.mark.parametrize("name", GENERATED)
def test_every_end_of_every_setting_still_loads(name):
    for spec in data.get(name).params:
        assert isinstance(spec, Number)
        for value in (spec.low, spec.high):
            train, _ = data.load(name, {"samples": 11, **{spec.name: value}})
            assert torch.isfinite(train.inputs).all()


def test_the_validation_part_is_drawn_without_overlap_and_repeats():
    train, _ = data.load("digits")
    kept, held = data.split_validation(train, 0.1, seed=5)
    assert (len(kept), len(held)) == (1294, 144)
    whole = sorted(map(tuple, torch.cat([kept.inputs, held.inputs]).flatten(1).tolist()))
    assert whole == sorted(map(tuple, train.inputs.flatten(1).tolist()))
    torch.manual_seed(123)
    state = torch.get_rng_state()
    assert torch.equal(data.split_validation(train, 0.1, seed=5)[1].inputs, held.inputs)
    assert torch.equal(torch.get_rng_state(), state)
    assert not torch.equal(data.split_validation(train, 0.1, seed=6)[1].targets, held.targets)


def test_a_share_of_nothing_or_nearly_all_leaves_something_to_train_on():
    train, _ = data.load("xor", {"samples": 10})
    assert [len(part) for part in data.split_validation(train, 0, 0)] == [10, 0]
    assert torch.equal(data.split_validation(train, 0, 0)[0].inputs, train.inputs)
    assert [len(part) for part in data.split_validation(train.take(slice(1)), 0.9, 0)] == [1, 0]


def test_a_subset_is_drawn_and_a_larger_one_holds_it():
    digits = data.load("digits")[0]
    small, large = (data.draw_subset(digits, count, seed=3) for count in (50, 80))
    rows = [{tuple(row.flatten().tolist()) for row in part.inputs} for part in (small, large)]
    assert [len(small), len(large)] == [50, 80]
    assert rows[0] <= rows[1]
    assert data.draw_subset(digits, None, 3) is data.draw_subset(digits, 10**6, 3) is digits
    assert not torch.equal(data.draw_subset(digits, 50, 4).targets, small.targets)


def test_label_noise_makes_exactly_this_share_of_the_labels_wrong():
    digits = data.load("digits")[0]
    noisy = data.with_label_noise(digits, 0.3, seed=1)
    wrong = noisy.targets != digits.targets
    assert wrong.sum() == round(0.3 * len(digits))
    assert np.bincount(noisy.targets[wrong].numpy(), minlength=10).min() > 20  # each other class comes in its place
    assert torch.equal(noisy.inputs, digits.inputs)
    assert data.with_label_noise(digits, 0.0, 1) is digits


def test_samples_are_frozen():
    with pytest.raises(FrozenInstanceError):
        data.load("xor")[0].inputs = None
