"""Entry of the zoo: how a network's document is made, the recipe that trains it, and the words on its card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from explorer.document import Network
from explorer.recipe import Recipe

CHAPTERS = (
    "Linear networks", "Multilayer perceptrons", "Convolutional networks", "Modern convolutional networks",
    "Recurrent networks", "Attention and transformers", "Computer vision", "Generative networks",
)


@dataclass(frozen=True)
class Entry:
    """A network of the zoo.

    `make()` gives the original. Where it can be made smaller, for a CPU, `make` takes what `scales` names: `width`
    (multiplies the channels or features of every layer), `size` (the input's height and width, in pixels, or its
    tokens), `channels` (of the input) and `classes`; `sizes` are those worth offering, the original's among them.

    `recipe` trains it, at a size for a class, and is None where its task does not exist yet: `untrained` explains it.
    `worth_seeing` is one line on what to look at in it. `after` names the network that it grew out of, and `added` says
    what is new.

    >>> from explorer import zoo
    >>> zoo.ZOO.get("lenet").network.name
    'LeNet'
    """

    name: str
    title: str
    chapter: str
    year: int
    source: str
    summary: str
    worth_seeing: str
    make: Callable[..., Network]
    recipe: Recipe | None = None
    untrained: str = ""
    scales: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()
    after: str = ""
    added: str = ""

    @cached_property
    def network(self) -> Network:
        """The original network."""
        return self.make()

    @property
    def original_recipe(self) -> Recipe:
        """The original network, with the settings of its recipe where it has one."""
        return self.recipe.with_(network=self.network) if self.recipe else Recipe(self.network)


def scaled(width: float, channels: int, multiple: int = 1) -> int:
    """Multiply a number of channels or features by the width, rounded to a multiple of `multiple`, at least one of it.
    """
    return max(1, round(channels * width / multiple)) * multiple
