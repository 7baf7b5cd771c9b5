"""What is wrong with the network that is shown, by node, and what it still lacks for its data."""

from __future__ import annotations

from dataclasses import dataclass

from explorer import training
from explorer.document import Problem
from explorer.recipe import Recipe
from explorer.ui.view import View

WHOLE = ""  # where a problem belongs to no node that is shown


@dataclass(frozen=True)
class Found:
    """A problem; a hint where the network is sound and only does not fit its data yet."""

    problem: Problem
    is_hint: bool = False


def find_troubles(view: View, recipe: Recipe) -> dict[str, list[Found]]:
    """{node id: what is wrong with it or inside it}; what belongs to no node shown is under WHOLE."""
    found = [Found(problem) for problem in view.analysis.problems]
    if not view.path and not found:
        found = [Found(problem, is_hint=True) for problem in training.problems(recipe)]
    by_node: dict[str, list[Found]] = {}
    for one in found:
        node_id = one.problem.address.partition(".")[0]
        by_node.setdefault(node_id if node_id in view.net.by_id else WHOLE, []).append(one)
    return by_node
