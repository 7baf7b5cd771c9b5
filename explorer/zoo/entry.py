"""One known network: its document, the recipe that trains it, and what its card says."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.document import Network
from explorer.recipe import Recipe


@dataclass(frozen=True)
class Entry:
    """A network of the zoo. `worth_seeing` is one line on what to look at in it."""

    name: str
    title: str
    summary: str
    worth_seeing: str
    year: int
    source: str
    recipe: Recipe

    @property
    def network(self) -> Network:
        return self.recipe.network
