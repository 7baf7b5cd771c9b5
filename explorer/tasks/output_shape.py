"""Ends of networks: what a task expects there, and the fixes that bring it about."""

from __future__ import annotations

from explorer.data import Dataset
from explorer.document import Fix, InsertAfter, Network, Problem, SetParam, Shape
from explorer.formatting import format_shape
from explorer.recipe import TASK_KINDS
from explorer.tasks.task import Expects
from explorer.text import text


def end_in(net: Network, count: int, is_flat: bool) -> Fix:
    """Make the fix after which the network ends in `count` numbers: by its last Linear, else by one more.

    is_flat: whether it ends in a row of numbers already, or in one a token.
    """
    output = net.outputs[0]
    if net.node(output).block == "linear" and is_flat:
        return Fix(text("Set output features to {count}", count=count), (SetParam(output, "out_features", count),))
    end = InsertAfter(output, "linear", {"out_features": count})
    if is_flat:
        return Fix(text("Add a Linear with {count} outputs", count=count), (end,))
    return Fix(text("Add Flatten and a Linear with {count} outputs", count=count),
               (end, InsertAfter(output, "flatten")))


def expect_one_number(task: str) -> Expects:
    """Expect a network that ends in one number, for the task of this name."""
    def expects(net: Network, dataset: Dataset, given: Shape, found: Shape) -> Problem | None:
        if found == (1,):
            return None
        return Problem(text("{task} needs one number at the end; the network ends in {found}.",
                            task=TASK_KINDS.get(task).title, found=format_shape(found)),
                       end_in(net, 1, is_flat=len(found) == 1), net.outputs[0])
    return expects
