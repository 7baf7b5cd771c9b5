"""Networks trained as a stack give what each gives alone."""

import numpy as np
import pytest
import torch
from recorded_graph import RecordingCapture
from small_runs import digits_recipe, plane_recipe, regression_recipe, text_recipe

from explorer import zoo
from explorer.document import chain
from explorer.recipe import AUGMENTATIONS, INITIALIZATIONS, LOSSES, SCHEDULES, Recipe, choose
from explorer.training import Trainer, load_parts
from explorer.training.loop.graph import STEPS_BEFORE
from explorer.training.loop.stack import Stack, why_not_stacked
from explorer.training.records.metrics import LOSS

STEPS = 20


def small(name, **settings):
    """A recipe of the zoo on the digits that ship, in small batches."""
    return zoo.recipe(name).with_(**{"batch_size": 16, "device": "cpu", "threads": 1, "epochs": 3, "train_samples": 200,
                                     **settings})


def mlp(*middle, **settings):
    net = chain("MLP", ("input", "input", {"shape": [1, 8, 8]}), ("flatten", "flatten", {}),
                ("linear1", "linear", {"out_features": 24}), ("relu1", "relu", {}), *middle,
                ("linear2", "linear", {"out_features": 10}))
    return Recipe(net).with_optimizer("sgd", lr=0.1).with_(
        **{"batch_size": 16, "device": "cpu", "threads": 1, "epochs": 3, "train_samples": 200, **settings})


def with_rate(recipe, rate):
    return recipe.with_optimizer(recipe.optimizer.name, **{**recipe.optimizer.params, "lr": rate})


def variants(recipe):
    """Three recipes that differ in all that may differ."""
    rate = recipe.optimizer.params["lr"]
    return [recipe.with_(seed=1, weight_decay=0.01), with_rate(recipe, rate / 3).with_(seed=2),
            with_rate(recipe, rate / 2).with_(seed=1, weight_decay=0.1,
                                              init=choose(INITIALIZATIONS, "xavier_normal", {}))]


def stack_of(recipes, capture=None):
    """A stack of recipes whose samples are loaded as each run would load them."""
    known = {recipe.seed: load_parts(recipe) for recipe in recipes}
    return Stack(recipes, [known[recipe.seed] for recipe in recipes], capture=capture)


def trained(stack, steps=STEPS):
    for _ in range(steps):
        stack.step()
    return stack.rows()


def alone(recipe, steps=STEPS):
    trainer = Trainer(recipe, load_parts(recipe))
    for _ in range(steps):
        trainer.train_step()
    return trainer


def assert_as_alone(recipes, within, steps=STEPS):
    stack = stack_of(recipes)
    rows = trained(stack, steps)
    for variant, recipe in enumerate(recipes):
        trainer = alone(recipe, steps)
        theirs, mine = trainer.instruments.flush(), rows.of(variant)
        assert np.array_equal(mine.step, theirs.step) and np.array_equal(mine.size, theirs.size)
        assert set(mine.scalars) == set(theirs.scalars)
        np.testing.assert_allclose(mine.loss, theirs.loss, rtol=within, atol=within)
        np.testing.assert_allclose(mine.gradient_norm, theirs.gradient_norm, rtol=100 * within, atol=10 * within)
        assert stack.layers == trainer.instruments.layers
        weights = stack.weights(variant)
        for name, value in trainer.weights().items():
            torch.testing.assert_close(weights[name], value, rtol=100 * within, atol=10 * within)
        if within <= 1e-6:
            np.testing.assert_allclose(mine.of("accuracy"), theirs.of("accuracy"))


@pytest.mark.parametrize(("optimizer", "params"), [
    ("sgd", {"lr": 0.3}), ("sgd", {"lr": 0.1, "momentum": 0.9}),
    ("sgd", {"lr": 0.1, "momentum": 0.9, "dampening": 0.4}),
    ("sgd", {"lr": 0.1, "momentum": 0.9, "nesterov": True}), ("adam", {"lr": 0.01}), ("adamw", {"lr": 0.01}),
    ("adam", {"lr": 0.01, "amsgrad": True}),
])
def test_an_mlp_of_a_stack_trains_as_alone_with_every_optimizer(optimizer, params):
    assert_as_alone(variants(mlp().with_optimizer(optimizer, **params)), 1e-6)


@pytest.mark.parametrize(("name", "within"), [("lenet", 1e-5), ("lenet_relu", 1e-4), ("vit_digits", 1e-4)])
def test_a_network_of_the_zoo_trains_in_a_stack_as_alone(name, within):
    assert_as_alone(variants(small(name)), within)


def test_a_transformer_that_writes_trains_in_a_stack_as_alone():
    net = chain("Small", ("input", "input", {"shape": [16], "dtype": "int64"}),
                ("tokens", "embedding", {"num_embeddings": 28, "embedding_dim": 16}),
                ("positions", "learned_positions", {}),
                ("block1", "transformer_encoder", {"heads": 2, "hidden_features": 32, "mask": "causal"}),
                ("linear1", "linear", {"out_features": 28}))
    assert_as_alone(variants(text_recipe(net)), 1e-5)


def test_numbers_are_learned_in_a_stack_as_alone():
    assert_as_alone(variants(regression_recipe()), 1e-6)


@pytest.mark.parametrize("loss", ["mse", "l1", "cross_entropy"])
def test_every_loss_of_classes_is_the_same_in_a_stack(loss):
    assert_as_alone(variants(mlp().with_(loss=choose(LOSSES, loss, {}))), 1e-6, 5)


@pytest.mark.parametrize("settings", [
    {"shuffle": False}, {"balanced": True}, {"label_noise": 0.3}, {"warmup_epochs": 1},
    {"schedule": choose(SCHEDULES, "cosine", {})}, {"augmentation": (choose(AUGMENTATIONS, "noise", {}),)},
    {"init": choose(INITIALIZATIONS, "lsuv", {})},
])
def test_samples_rates_and_first_weights_are_those_of_each_recipe(settings):
    recipes = [mlp(seed=1, **settings), with_rate(mlp(seed=2, **settings), 0.02)]
    assert_as_alone(recipes, 1e-6)
    sizes = trained(stack_of(recipes)).size
    assert 0 < sizes.min() < sizes.max()  # an epoch ends with a smaller batch, within these steps


def test_variants_of_one_seed_share_their_batches():
    recipes = [with_rate(mlp(), rate) for rate in (0.3, 0.1, 0.01)]
    assert_as_alone(recipes, 1e-6)
    parts = load_parts(recipes[0])
    shared, apart = Stack(recipes, [parts] * 3), Stack(recipes, [load_parts(recipe) for recipe in recipes])
    np.testing.assert_allclose(trained(shared).scalars[LOSS], trained(apart).scalars[LOSS], rtol=1e-6)


def test_one_that_diverges_leaves_the_others_exactly_what_they_were():
    for recipe in (mlp().with_optimizer("adam", lr=0.01), small("lenet_relu")):
        good = [recipe.with_(seed=seed) for seed in (1, 2, 3)]
        bad = [good[0], with_rate(good[1], 1e6), good[2]]
        healthy, spoiled = stack_of(good), stack_of(bad)
        mine, theirs = trained(healthy), trained(spoiled)
        assert np.nanmax(np.abs(theirs.scalars[LOSS][:, 1])) > 1e6 or not np.isfinite(theirs.scalars[LOSS][:, 1]).all()
        for variant in (0, 2):
            assert np.array_equal(mine.scalars[LOSS][:, variant], theirs.scalars[LOSS][:, variant])
            assert np.array_equal(mine.gradient_norm[:, variant], theirs.gradient_norm[:, variant])
            theirs_now = spoiled.weights(variant)
            assert all(torch.equal(value, theirs_now[name]) for name, value in healthy.weights(variant).items())


def test_a_weight_that_is_not_finite_stays_with_its_variant():
    stack = stack_of([mlp(seed=seed) for seed in (1, 2)])
    with torch.no_grad():
        for weights in stack._weights.values():
            weights[0] = torch.nan
    rows = trained(stack, 3)
    assert np.isnan(rows.scalars[LOSS][:, 0]).all() and np.isfinite(rows.scalars[LOSS][:, 1]).all()
    assert np.isfinite(rows.gradient_norm[:, 1]).all()
    assert rows.of(1).loss == pytest.approx(alone(mlp(seed=2), 3).instruments.flush().loss, rel=1e-6)


def test_dropout_draws_for_each_variant_and_not_in_evaluation():
    recipe = mlp(("drop1", "dropout", {"p": 0.5}))
    stack = Stack([recipe] * 3, [load_parts(recipe)] * 3)
    losses = trained(stack, 1).scalars[LOSS][0]
    assert len(set(losses)) == 3  # the same weights and samples, but other masks
    untouched = Stack([recipe] * 2, [load_parts(recipe)] * 2)
    assert untouched.evaluate_validation(0) == untouched.evaluate_validation(1)
    again = trained(Stack([recipe] * 3, [load_parts(recipe)] * 3), 1).scalars[LOSS][0]
    assert np.array_equal(losses, again)  # the same seeds draw the same masks
    many = Stack([recipe] * 64, [load_parts(recipe)] * 64)
    of_masks = trained(many, 1).scalars[LOSS][0]
    torch.manual_seed(5)
    trainer = Trainer(recipe, load_parts(recipe))
    x, y = trainer.take_batch()
    by_hand = [trainer.learner.step(trainer.model, x, y)[0].item() for _ in range(64)]
    error = np.hypot(of_masks.std(), np.std(by_hand)) / 8
    assert abs(of_masks.mean() - np.mean(by_hand)) < 5 * error


def test_a_variant_is_evaluated_as_its_own_trainer_is():
    recipes = variants(mlp())
    stack = stack_of(recipes)
    trained(stack, 5)
    for variant, recipe in enumerate(recipes):
        trainer = alone(recipe, 5)
        assert stack.evaluate_validation(variant) == pytest.approx(trainer.evaluate_validation(), rel=1e-5)
        assert stack.evaluate_test(variant) == pytest.approx(trainer.evaluate_test(), rel=1e-5)


def test_rows_are_drained_and_epochs_are_counted():
    stack = stack_of([mlp(epochs=1, seed=seed) for seed in (1, 2)])
    assert len(stack.rows().step) == 0
    while not stack.finished:
        stack.step()
    assert stack.rows().step.tolist() == list(range(1, stack.batches_per_epoch + 1))
    empty = stack.rows()
    assert (empty.scalars[LOSS].shape, empty.gradient_norm.shape) == ((0, 2), (0, 2, 2))


@pytest.mark.parametrize("recipe", [
    mlp().with_optimizer("adam", lr=0.01).with_(schedule=choose(SCHEDULES, "cosine", {})),
    mlp().with_optimizer("sgd", lr=0.1, momentum=0.9, dampening=0.3), small("lenet"),
], ids=["adam", "momentum", "lenet"])
@pytest.mark.parametrize("seeds", [(1, 2), (1, 1)], ids=["own batches", "shared batches"])
def test_a_stack_as_a_graph_gives_the_same_numbers_bit_for_bit(recipe, seeds):
    recipes = [recipe.with_(seed=seeds[0]), with_rate(recipe, 0.003).with_(seed=seeds[1])]
    known = {seed: load_parts(recipe.with_(seed=seed)) for seed in seeds}
    capture = RecordingCapture()
    stacks = [Stack(recipes, [known[seed] for seed in seeds], capture=each) for each in (None, capture)]
    ordinary, graphed = (trained(stack) for stack in stacks)
    smaller = int((graphed.size < 16).sum())
    assert capture.captured == 1 and capture.replays == STEPS - STEPS_BEFORE - smaller and smaller
    assert np.array_equal(ordinary.scalars[LOSS], graphed.scalars[LOSS])
    assert np.array_equal(ordinary.gradient_norm, graphed.gradient_norm)
    for variant in (0, 1):
        mine, theirs = (stack.weights(variant) for stack in stacks)
        assert all(torch.equal(value, theirs[name]) for name, value in mine.items())


@pytest.mark.parametrize(("changes", "word"), [
    ({"batch_size": 8}, "batch_size"), ({"epochs": 9}, "epochs"), ({"network": mlp(("drop1", "dropout", {})).network},
                                                                   "network"),
    ({"schedule": choose(SCHEDULES, "cosine", {})}, "schedule"), ({"train_samples": 100}, "train_samples"),
])
def test_recipes_that_differ_in_more_are_refused_by_name(changes, word):
    assert str(why_not_stacked([mlp(), mlp().with_(**changes)])) == \
        f"Networks that are trained together cannot differ in {word}."
    momentum = mlp().with_optimizer("sgd", lr=0.1, momentum=0.5)
    assert "optimizer" in str(why_not_stacked([mlp(), momentum]))
    assert "optimizer" in str(why_not_stacked([mlp(), mlp().with_optimizer("adam")]))
    assert why_not_stacked(variants(mlp())) is None


@pytest.mark.parametrize(("recipe", "word"), [
    (mlp().with_optimizer("rmsprop"), "RMSProp"), (mlp(clip_norm=1.0), "clipped"), (mlp(clip_value=1.0), "clipped"),
    (mlp(averaging=0.9), "average"), (mlp(precision="bf16"), "Half precision"), (mlp(instruments="full"), "recording"),
    (mlp().with_(lr_factors={"linear1": 0.0}), "learning rate of their own"), (digits_recipe(), "Batch normalization"),
    (text_recipe(), "recurrent"), (small("resnet18"), "Batch normalization"), (small("swin_t"), "Stochastic depth"),
])
def test_what_cannot_be_stacked_is_refused_with_the_reason(recipe, word):
    assert word in str(why_not_stacked([recipe, recipe.with_(seed=1)]))
    with pytest.raises(ValueError, match=word):
        Stack([recipe], [None])


SLOW = {"vgg11", "vgg16", "googlenet", "vit_b_16", "alexnet", "nin", "char_transformer"}
STACKABLE = [name for name in zoo.trainable() if why_not_stacked([zoo.recipe(name)]) is None]


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name
                                  for name in STACKABLE])
def test_what_is_not_refused_can_be_stacked(name):
    recipe = zoo.recipe(name).with_(device="cpu", batch_size=4, threads=1)
    rows = trained(stack_of([recipe.with_(seed=seed) for seed in (1, 2)]), 2)
    assert np.isfinite(rows.scalars[LOSS]).all()


def test_plane_networks_are_stackable():
    assert_as_alone(variants(plane_recipe()), 1e-6)
