"""Cures: changes of one thing each that the doctor can suggest, if they apply to the recipe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from explorer.doctor import surgery
from explorer.doctor.finding import Cure
from explorer.recipe import INITIALIZATIONS, Recipe, choose
from explorer.text import text
from explorer.training.work.recipe_check import problems

Change = Callable[[Recipe], Recipe]


def offer(recipe: Recipe, *cures: Cure) -> tuple[Cure, ...]:
    """Keep the cures that change this recipe and result in one that can be trained."""
    return tuple(cure for cure in cures if _applies(cure, recipe))


def ladder(recipe: Recipe, *cures: Cure) -> tuple[Cure, ...]:
    """Stack each cure on those before it, without any that changes nothing there or breaks the recipe."""
    rungs: list[Cure] = []
    for cure in cures:
        below = rungs[-1].change if rungs else _same
        if _applies(cure, below(recipe)):
            titles = tuple(rung.title for rung in rungs)
            rungs.append(replace(cure, change=_after(below, cure.change), on_top_of=titles))
    return tuple(rungs)


def _applies(cure: Cure, recipe: Recipe) -> bool:
    changed = cure.change(recipe)
    return changed != recipe and not problems(changed)


def _same(recipe: Recipe) -> Recipe:
    return recipe


def _after(first: Change, then: Change) -> Change:
    return lambda recipe: then(first(recipe))


def learning_rate(times: float, why: str) -> Cure:
    """Multiply the learning rate. times: 0.1, 3, 10, ..."""
    title = text("Learning rate × {times}", times=f"{times:g}") if times >= 1 \
        else text("Learning rate ÷ {parts}", parts=f"{1 / times:,.0f}")
    return Cure(f"learning_rate_{times:g}", title, text(why), lambda recipe: _with_rate(recipe, times))


def _with_rate(recipe: Recipe, times: float) -> Recipe:
    params = recipe.optimizer.params
    if "lr" not in params:
        return recipe
    rate = float(f"{params['lr'] * times:.6g}")
    return recipe.with_optimizer(recipe.optimizer.name, **{**params, "lr": rate})


def _on_network(change: Callable) -> Change:
    return lambda recipe: recipe.with_(network=change(recipe.network))


def _with_init(name: str) -> Change:
    return lambda recipe: recipe.with_(init=choose(INITIALIZATIONS, name, {}))


RELU = Cure("relu", text("Replace sigmoid and tanh with ReLU"),
            text("ReLU's slope is 1 for positive inputs, a sigmoid's is at most 0.25: less of the gradient is lost at "
                 "each layer."),
            _on_network(lambda net: surgery.with_activation(net, surgery.BOUNDED, "relu")))
LEAKY_RELU = Cure("leaky_relu", text("Replace ReLU with LeakyReLU"),
                  text("Its slope below zero is small but not zero, so a dead unit still gets a gradient and can "
                       "recover."),
                  _on_network(lambda net: surgery.with_activation(net, surgery.RECTIFIERS, "leaky_relu")))
KAIMING = Cure("kaiming", text("Kaiming initialization"),
               text("A weight variance of 2/inputs keeps the variation between samples from one ReLU layer to the "
                    "next."),
               _with_init("kaiming_normal"))
XAVIER = Cure("xavier", text("Xavier initialization"),
              text("A weight variance of 2/(inputs + outputs) keeps sigmoid and tanh layers out of saturation."),
              _with_init("xavier_normal"))
BATCH_NORM = Cure("batch_norm", text("Add batch norm after every layer"),
                  text("It normalizes each layer's output to zero mean and unit variance, whatever the weights are."),
                  _on_network(surgery.with_batch_norm))
WEIGHT_DECAY = Cure("weight_decay", text("Increase weight decay"),
                    text("Small weights give smooth functions, which cannot fit every single sample."),
                    lambda recipe: recipe.with_(weight_decay=max(1e-3, 10 * recipe.weight_decay)))
DROPOUT = Cure("dropout", text("Add dropout before the last layer"),
               text("Half of the features are dropped at every step, so the network cannot rely on any single one."),
               _on_network(lambda net: surgery.with_dropout(net, 0.5)))
HIDDEN_LAYER = Cure("hidden_layer", text("Add a hidden layer with ReLU"),
                    text("Without a nonlinearity between layers, a network can only draw straight boundaries."),
                    _on_network(surgery.with_hidden_layer))
WIDER = Cure("wider", text("Make the layers four times as wide"),
             text("More units can fit a more complex function."),
             _on_network(lambda net: surgery.with_wider_layers(net, 4)))
MORE_EPOCHS = Cure("more_epochs", text("Train for three times as many epochs"),
                   text("The loss may still fall with more training."),
                   lambda recipe: recipe.with_(epochs=3 * recipe.epochs))


def fewer_epochs(count: int) -> Cure:
    return Cure("fewer_epochs", text("Stop after epoch {count}", count=count),
                text("The validation loss was lowest there (early stopping)."),
                lambda recipe: recipe.with_(epochs=max(1, count)))


def another_seed(seed: int) -> Cure:
    return Cure("seed", text("Seed {seed}", seed=seed), text("The same network with other random initial weights."),
                lambda recipe: recipe.with_(seed=seed))
