"""The changes that the doctor knows, each of one thing; those that do not apply to a recipe are not offered."""

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
    """Those of the cures that change this recipe and leave one that can be trained."""
    return tuple(cure for cure in cures if _applies(cure, recipe))


def ladder(recipe: Recipe, *cures: Cure) -> tuple[Cure, ...]:
    """Each cure on top of those before it; one that changes nothing there, or breaks the recipe, is left out."""
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
    """times: 0.1, 3, 10, ..."""
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


RELU = Cure("relu", text("ReLU in place of sigmoid and tanh"),
            text("Its slope is 1 wherever it is open, while a sigmoid's is 0.25 at most: less is lost at each layer."),
            _on_network(lambda net: surgery.with_activation(net, surgery.BOUNDED, "relu")))
LEAKY_RELU = Cure("leaky_relu", text("LeakyReLU in place of ReLU"),
                  text("It lets a little through below zero, so that a closed unit can open again."),
                  _on_network(lambda net: surgery.with_activation(net, surgery.RECTIFIERS, "leaky_relu")))
KAIMING = Cure("kaiming", text("Kaiming initialization"),
               text("Variance 2/inputs keeps the signal's spread from one ReLU layer to the next."),
               _with_init("kaiming_normal"))
XAVIER = Cure("xavier", text("Xavier initialization"),
              text("Variance 2/(inputs + outputs) keeps the spread of sigmoid and tanh layers in range."),
              _with_init("xavier_normal"))
BATCH_NORM = Cure("batch_norm", text("Batch norm behind every layer"),
                  text("It gives each layer's output zero mean and unit spread again, whatever the weights are."),
                  _on_network(surgery.with_batch_norm))
WEIGHT_DECAY = Cure("weight_decay", text("Weight decay 0.001"),
                    text("Small weights make smooth functions, which cannot follow every single sample."),
                    lambda recipe: recipe.with_(weight_decay=max(1e-3, 10 * recipe.weight_decay)))
DROPOUT = Cure("dropout", text("Dropout before the last layer"),
               text("Half of the features are missing at every step, so that none can be relied on by heart."),
               _on_network(lambda net: surgery.with_dropout(net, 0.5)))
HIDDEN_LAYER = Cure("hidden_layer", text("One more layer with ReLU"),
                    text("Without a bend between two layers a network can only draw straight boundaries."),
                    _on_network(surgery.with_hidden_layer))
WIDER = Cure("wider", text("Layers four times as wide"),
             text("More units make more bends."), _on_network(lambda net: surgery.with_wider_layers(net, 4)))
MORE_EPOCHS = Cure("more_epochs", text("Three times as many epochs"),
                   text("The loss may leave the plateau yet: give it time."),
                   lambda recipe: recipe.with_(epochs=3 * recipe.epochs))


def fewer_epochs(count: int) -> Cure:
    return Cure("fewer_epochs", text("Stop after epoch {count}", count=count),
                text("The validation loss was lowest there (early stopping)."),
                lambda recipe: recipe.with_(epochs=max(1, count)))


def another_seed(seed: int) -> Cure:
    return Cure("seed", text("Seed {seed}", seed=seed), text("The same network, drawn anew."),
                lambda recipe: recipe.with_(seed=seed))
