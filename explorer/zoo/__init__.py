"""Known networks as documents, each with a recipe that trains it where its task exists; no torch.

`costs.json` holds what the shape pass measures of each (parameters, multiply-adds, shapes), so that a card can
be drawn without torch. `python -m explorer costs` writes it; a test holds it against the shape pass.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from explorer.document import Network, Shape
from explorer.recipe import Recipe
from explorer.spec import Registry
from explorer.text import Text, text
from explorer.zoo.alexnet import ALEXNET
from explorer.zoo.entry import CHAPTERS, Entry
from explorer.zoo.fcn import FCN_RESNET18
from explorer.zoo.gan import DCGAN_DISCRIMINATOR, DCGAN_GENERATOR
from explorer.zoo.googlenet import GOOGLENET
from explorer.zoo.lenet import LENET, LENET_BATCH_NORM, LENET_RELU
from explorer.zoo.nin import NIN
from explorer.zoo.perceptrons import MLP, PLAYGROUND
from explorer.zoo.recurrent_networks import CHAR_RNN, ROW_LSTM
from explorer.zoo.resnet import RESNET18, RESNET20, RESNET34, RESNET50
from explorer.zoo.single_layer import LINEAR_REGRESSION, LOGISTIC_REGRESSION, PERCEPTRON, SOFTMAX_REGRESSION
from explorer.zoo.spatial_transformer_network import SPATIAL_TRANSFORMER_CNN
from explorer.zoo.swin_transformer import SWIN_DIGITS, SWIN_T
from explorer.zoo.transformer_decoder import CHAR_TRANSFORMER
from explorer.zoo.vgg import TINY_VGG, VGG11, VGG16
from explorer.zoo.vit import VIT_B_16, VIT_DIGITS

# The first is the one to start with; the others follow the course.
ZOO: Registry[Entry] = Registry("network", (
    LENET_RELU, LENET, LENET_BATCH_NORM,
    LINEAR_REGRESSION, PERCEPTRON, LOGISTIC_REGRESSION, SOFTMAX_REGRESSION,
    PLAYGROUND, MLP,
    TINY_VGG, ALEXNET, VGG11, VGG16, NIN, GOOGLENET, RESNET18, RESNET34, RESNET50, RESNET20,
    CHAR_RNN, ROW_LSTM,
    CHAR_TRANSFORMER, VIT_DIGITS, VIT_B_16, SWIN_DIGITS, SWIN_T,
    SPATIAL_TRANSFORMER_CNN, FCN_RESNET18,
    DCGAN_GENERATOR, DCGAN_DISCRIMINATOR,
))
COSTS_FILE = Path(__file__).with_name("costs.json")


@dataclass(frozen=True)
class Costs:
    """Sizes of a network: parameters, multiply-adds of one sample, and the output shape of each node of its own.

    `recipe_parameters` and `recipe_multiply_adds` are those of the network that its recipe trains; 0 without a recipe.
    """

    parameters: int
    multiply_adds: int
    shapes: dict[str, Shape]
    recipe_parameters: int = 0
    recipe_multiply_adds: int = 0


def names() -> list[str]:
    """List the networks of the zoo, in menu order.

    >>> names()[:2]
    ['lenet_relu', 'lenet']
    """
    return ZOO.names()


def get(name: str, **scale: float) -> Network:
    """Get a network of the zoo: the original, or made at the scale given (see `Entry`). Raises UnknownName.

    >>> get("lenet").name
    'LeNet'
    >>> get("mlp", classes=3).nodes[-1].params["out_features"]
    3
    """
    entry = ZOO.get(name)
    return entry.make(**scale) if scale else entry.network


def recipe(name: str) -> Recipe:
    """Get the recipe that trains it. Raises UnknownName, and Untrained where its task does not exist yet.

    >>> recipe("lenet").optimizer.name
    'adam'
    """
    entry = ZOO.get(name)
    if entry.recipe is None:
        raise Untrained(text("{title} cannot be trained yet. {why}", title=entry.title, why=text(entry.untrained)))
    return entry.recipe


class Untrained(ValueError):
    """A network whose task does not exist yet; `sentence` explains."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def trainable() -> list[str]:
    """List the names of those with a recipe.

    >>> "lenet" in trainable(), "perceptron" in trainable()
    (True, False)
    """
    return [entry.name for entry in ZOO if entry.recipe]


@cache
def _all_costs() -> dict[str, Costs]:
    stored = json.loads(COSTS_FILE.read_text(encoding="utf-8"))
    return {name: Costs(**{**costs, "shapes": {node_id: tuple(shape) for node_id, shape in costs["shapes"].items()}})
            for name, costs in stored.items()}


def costs(name: str) -> Costs:
    """Look up the stored costs of a network of the zoo; raises KeyError.

    >>> costs("lenet").parameters
    61706
    """
    return _all_costs()[name]


__all__ = ["CHAPTERS", "COSTS_FILE", "ZOO", "Costs", "Entry", "Untrained", "costs", "get", "names", "recipe",
           "trainable"]
