"""Cost of attention in windows, beside that of attention over the whole map."""

from __future__ import annotations

import numpy as np

from explorer.attention.cost import Cost, costs_of
from explorer.attention.early_end import layers_of
from explorer.network import Analysis
from explorer.probes.attending import attentions_of, has_block, names_of
from explorer.probes.probe import ATTENTION, LIVE, ProbeSpec
from explorer.probes.subject import NotApplicable, Subject
from explorer.recipe import Recipe
from explorer.results import Bars
from explorer.text import Text, text


def compute_attention_cost(subject: Subject) -> Bars:
    """Count the multiply-adds of each attention in windows for this input, and of global attention in its place.

    Raises NotApplicable without windows. Source: Liu et al. 2021, eq. 1 and 2.
    """
    every = attentions_of(subject)
    costs = costs_of(subject.model, subject.batch, every)
    if not costs:
        raise NotApplicable(_no_windows())
    names = dict(zip((each.node for each in every), names_of(every, layers_of(subject.model, every)), strict=True))
    rows = [row for cost in costs for row in _rows(names[cost.node], cost)]
    rows += [("all · windows", sum(cost.in_windows for cost in costs)),
             ("all · global", sum(cost.over_all for cost in costs))]
    return Bars(text("Windows, 4hwC² + 2M²hwC, and global, 4hwC² + 2(hw)²C"), tuple(name for name, _value in rows),
                np.array([value for _name, value in rows], np.float64), "multiply-adds")


def _rows(name: str, cost: Cost) -> tuple[tuple[str, int], tuple[str, int]]:
    return (f"{name} · windows", cost.in_windows), (f"{name} · global", cost.over_all)


def _no_windows() -> Text:
    return text("This network has no attention in windows, whose cost could be compared. Look at a Swin transformer.")


def _refuses(recipe: Recipe, analysis: Analysis) -> Text | None:
    return None if has_block(recipe.network, analysis, ("window_partition",)) else _no_windows()


ATTENTION_COST = ProbeSpec(
    name="attention_cost", is_chosen=True, title="Cost of windows",
    summary="Multiply-adds of attention for this input: 4hwC² for queries, keys, values and the output; for scores and "
            "the mix, 2M²hwC in windows of M×M and 2(hw)²C over all hw places.",
    source="Liu et al. 2021, eq. 1 and 2", compute=compute_attention_cost, returns=(Bars,), place=ATTENTION, cost=LIVE,
    refuses=_refuses,
)
