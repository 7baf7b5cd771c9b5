"""Attacks against the gradient by hand, in their ball and within the limits of the data."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from explorer.intervention.attack import Ball, NoGradient, fgsm, gradient_of, pgd, random_change

BALLS = [Ball(0.1, "inf", 0.0, 1.0), Ball(0.7, "2", 0.0, 1.0)]


def trained_classifier() -> tuple[nn.Module, Tensor, Tensor]:
    """A small network that has learned which half of an image is brighter."""
    generator = torch.Generator().manual_seed(1)
    images = torch.rand(256, 1, 6, 6, generator=generator)
    labels = (images[..., :3].sum((1, 2, 3)) > images[..., 3:].sum((1, 2, 3))).long()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 2))
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _step in range(150):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
    return model.eval(), images[:64], labels[:64]


@pytest.fixture(scope="module")
def attacked():
    model, images, labels = trained_classifier()
    return model, images, labels, lambda values: nn.functional.cross_entropy(model(values), labels, reduction="none")


def sizes(change: Tensor, norm: str) -> Tensor:
    return change.flatten(1).abs().amax(1) if norm == "inf" else change.flatten(1).norm(dim=1)


def test_fgsm_is_a_step_along_the_sign_of_the_gradient_by_hand(attacked):
    model, images, labels, loss = attacked
    varied = images.clone().requires_grad_()
    nn.functional.cross_entropy(model(varied), labels, reduction="sum").backward()
    expected = (images + 0.1 * varied.grad.sign()).clamp(0, 1)
    assert torch.allclose(fgsm(loss, images, BALLS[0]), expected, atol=1e-7)


def test_fgsm_of_a_length_is_a_step_along_the_gradient_itself(attacked):
    _model, images, _labels, loss = attacked
    gradient = gradient_of(loss, images)
    change = fgsm(loss, images, Ball(0.7, "2")) - images
    assert torch.allclose(change.flatten(1).norm(dim=1), torch.full((64,), 0.7), rtol=1e-4)
    direction = gradient.flatten(1) / gradient.flatten(1).norm(dim=1, keepdim=True)
    assert torch.allclose(change.flatten(1) / 0.7, direction, atol=1e-5)


@pytest.mark.parametrize("ball", BALLS, ids=lambda ball: ball.norm)
@pytest.mark.parametrize("attack", [fgsm, pgd, lambda _loss, images, ball: random_change(images, ball)],
                         ids=["fgsm", "pgd", "random"])
def test_every_attack_stays_in_its_ball_and_within_the_limits_of_the_data(attacked, ball, attack):
    _model, images, _labels, loss = attacked
    found = attack(loss, images, ball)
    assert sizes(found - images, ball.norm).max() <= ball.size * (1 + 1e-5)
    assert found.min() >= 0 and found.max() <= 1
    assert not torch.equal(found, images)


@pytest.mark.parametrize("ball", BALLS, ids=lambda ball: ball.norm)
def test_pgd_is_never_weaker_than_fgsm_and_both_are_stronger_than_noise_of_that_size(attacked, ball):
    _model, images, _labels, loss = attacked
    with torch.no_grad():
        clean, noisy, once, often = (loss(values).mean().item() for values in (
            images, random_change(images, ball), fgsm(loss, images, ball), pgd(loss, images, ball, steps=10)))
    assert often >= once > max(clean, noisy)


@pytest.mark.parametrize("norm", ["inf", "2"])
def test_size_zero_changes_nothing_exactly(attacked, norm):
    _model, images, _labels, loss = attacked
    ball = Ball(0.0, norm, 0.0, 1.0)
    assert torch.equal(fgsm(loss, images, ball), images)
    assert torch.equal(pgd(loss, images, ball), images)
    assert torch.equal(random_change(images, ball), images)


def test_a_single_step_of_pgd_from_the_input_is_fgsm(attacked):
    _model, images, _labels, loss = attacked
    start = Ball(0.1, "inf", 0.0, 1.0)
    strong = pgd(loss, images, start, steps=1, step_size=0.2)  # farther than the ball from anywhere in it
    gradient = gradient_of(loss, start.clip(random_change(images, start, inside=True), images))
    assert torch.allclose(strong[gradient != 0], (images + 0.1 * gradient.sign()).clamp(0, 1)[gradient != 0], atol=1e-6)


def test_pgds_start_hangs_on_its_seed_alone(attacked):
    _model, images, _labels, loss = attacked
    before = torch.get_rng_state()
    first, same, other = (pgd(loss, images, BALLS[0], steps=2, step_size=0.01, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(first, same) and not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_value_beyond_the_limits_may_stay_but_goes_no_farther():
    outside = torch.tensor([[-0.5, 1.5]])
    found = fgsm(lambda values: (values * torch.tensor([-1.0, 1.0])).sum(1), outside, Ball(0.1, "inf", 0.0, 1.0))
    assert torch.equal(found, outside)


def test_limits_may_differ_between_features():
    rows, high = torch.zeros(1, 2), torch.tensor([0.05, 1.0])
    found = fgsm(lambda values: values.sum(1), rows, Ball(0.1, "inf", -high, high))
    assert torch.allclose(found, torch.tensor([[0.05, 0.1]]))


@pytest.mark.parametrize("loss", [lambda values: torch.ones(len(values)), lambda values: values.detach().sum(1),
                                  lambda values: values.round().long().float().sum(1)])
def test_a_loss_that_does_not_depend_on_the_input_has_no_gradient(loss):
    with pytest.raises(NoGradient):
        fgsm(loss, torch.ones(2, 3), Ball(0.1))


def test_a_gradient_that_is_not_a_number_moves_nothing():
    images = torch.full((1, 2), 0.5)
    assert torch.equal(fgsm(lambda values: (values * float("nan")).sum(1), images, Ball(0.1)), images)
    assert torch.equal(pgd(lambda values: (values * float("nan")).sum(1), images, Ball(0.1)), images)


def test_a_gradient_far_below_a_millionth_still_shows_the_way():
    found = fgsm(lambda values: 1e-12 * values.sum(1), torch.zeros(1, 3), Ball(0.1))
    assert torch.allclose(found, torch.full((1, 3), 0.1))


def test_pgd_reports_each_step():
    shares = []
    pgd(lambda values: values.sum(1), torch.zeros(1, 3), Ball(0.1), steps=4, report=shares.append)
    assert shares == [0.25, 0.5, 0.75, 1.0]
