"""Networks, recipes and starts for the doctor's tests."""

import torch

from explorer.document import chain
from explorer.recipe import INITIALIZATIONS, Chosen, Recipe, choose
from explorer.training import Trainer, load_parts
from explorer.training.records.checkpoints import FrameKeeper


def deep(depth, activation, width=64, shape=(1, 8, 8), classes=10):
    """`depth` linear layers with an activation after each but the last."""
    steps = [("input", "input", {"shape": list(shape)}), *([("flatten", "flatten", {})] if len(shape) > 1 else [])]
    for i in range(1, depth):
        steps += [(f"linear{i}", "linear", {"out_features": width}), (f"{activation}{i}", activation, {})]
    return chain("Deep", *steps, (f"linear{depth}", "linear", {"out_features": classes}))


def digits(net, optimizer="sgd", lr=0.1, init="default", **settings):
    settings = {"batch_size": 64, "epochs": 2, "threads": 1, "device": "cpu", **settings}
    recipe = Recipe(net, init=choose(INITIALIZATIONS, init, {}))
    return recipe.with_optimizer(optimizer, lr=lr).with_(**settings)


def plane(net, data="circles", lr=0.1, params=None, **settings):
    return digits(net, lr=lr, **settings).with_(data=Chosen(data, params or {}))


def sigmoids():
    return digits(deep(20, "sigmoid"), init="xavier_uniform")


def start_with(run, change):
    """Start a run with other weights than those of its seed: `change(name, tensor)` in place."""
    trainer = Trainer(run.recipe, load_parts(run.recipe))
    with torch.no_grad():
        for name, tensor in trainer.model.state_dict().items():
            change(name, tensor)
    FrameKeeper(run.frames_folder, 10**8).keep(0, trainer.model.state_dict(), trainer.state())


def names(findings, severity="severe"):
    return [finding.rule for finding in findings if finding.severity == severity]


def only(findings):
    """Return the only finding."""
    assert len(findings) == 1, [str(finding.sentence) for finding in findings]
    return findings[0]
