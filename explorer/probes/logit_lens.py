"""Logit lens: the answer after each layer, and what each head and layer adds to it."""

from __future__ import annotations

import numpy as np

from explorer.attention import Attention
from explorer.attention.early_end import end_after, layers_of
from explorer.attention.logit_parts import Contributions, contributions
from explorer.formatting import format_number
from explorer.probes.attending import attentions_of, names_of, refuses_without_attention
from explorer.probes.chosen_output import ChosenOutput, OutputParam, choose_output
from explorer.probes.probe import ATTENTION, LIVE, ProbeSpec
from explorer.probes.subject import NotApplicable, Subject
from explorer.results import Bars, HeadGrid, HeadGrids
from explorer.text import Text, text

_MOST_CLASSES = 10
_BEFORE = "before the first layer"


def compute_logit_lens(subject: Subject, of: str = "") -> tuple[HeadGrids | Bars, ...]:
    """Compute the logits if the network ended after each layer, and what each part adds to one class's logit.

    A part is a head through its output projection, an MLP, the embedding, the positions, all biases. Norms keep the
    scale that they have for this input, so that parts add up to the logit. of: the class, by its index.
    Source: nostalgebraist 2020; Elhage et al. 2021.
    """
    every, chosen = attentions_of(subject), choose_output(subject, of)
    found = contributions(subject.model, subject.batch, chosen.pick)
    if not np.isfinite(found.total):
        raise NotApplicable(text("The network's output is not a finite number. Choose an earlier step."))
    layers = layers_of(subject.model, every)
    inside, rest = _by_layer(found, every, layers)
    title = text("Added to the logit of {name}, {total} in all", name=chosen.name, total=format_number(found.total))
    heads = max(each.heads for each in every)
    columns = (*(str(head) for head in range(heads)), "MLP")
    grid = HeadGrids(title, (HeadGrid("heads and MLPs", inside, signed=True),), names_of(every, layers), columns)
    bars = Bars("Added by the rest", (*rest, "biases"), np.array([*rest.values(), found.bias], np.float32), "logit",
                signed=True)
    return _lens(subject, list(dict.fromkeys(layers.values())), chosen), grid, bars


def _by_layer(found: Contributions, every: tuple[Attention, ...],
              layers: dict[str, str]) -> tuple[np.ndarray, dict[str, float]]:
    """Sort contributions into rows of heads with the MLP behind them, (attention, head or MLP), and the rest."""
    values = np.full((len(every), max(each.heads for each in every) + 1), np.nan, np.float32)
    last_of = {layers[each.node]: place for place, each in enumerate(every)}
    for place, each in enumerate(every):
        if each.node in found.heads:
            values[place, :each.heads] = found.heads[each.node].numpy()
    rest = {}
    for node, value in found.nodes.items():
        place = last_of.get(node.rpartition(".")[0])
        if place is None:
            rest[node] = value
        else:
            values[place, -1] = np.nan_to_num(values[place, -1]) + value
    return values, rest


def _lens(subject: Subject, layers: list[str], chosen: ChosenOutput) -> HeadGrids:
    names, outputs = end_after(subject.model, subject.batch, layers)
    logits = chosen.row(outputs).numpy()  # (layer, class)
    shown = _classes(logits[-1], [each for each in (chosen.label, chosen.other) if each is not None])
    return HeadGrids(
        "Logits if the network ended after each layer", (HeadGrid("logits", logits[:, shown], signed=True),),
        tuple(name or _BEFORE for name in names), tuple(chosen.names[each] for each in shown),
        _left_out(len(layers) + 1 - len(names)), "class")


def _left_out(count: int) -> Text | None:
    if not count:
        return None
    return text("Layers of another shape than the last one cannot be read so; left out: {count}.", count=count)


def _classes(logits: np.ndarray, chosen: list[int]) -> list[int]:
    """Choose the classes that are shown: all of a few, else those with the largest logits, and the chosen ones."""
    if len(logits) <= _MOST_CLASSES:
        return list(range(len(logits)))
    largest = np.argsort(-logits, kind="stable")[:_MOST_CLASSES].tolist()
    missing = [each for each in chosen if each not in largest]
    return [*largest[:_MOST_CLASSES - len(missing)], *missing]


LOGIT_LENS = ProbeSpec(
    name="logit_lens", is_chosen=True, title="Logit lens",
    summary="The logits that the network would give if it ended after each layer, and what each head and MLP adds to "
            "one of them directly, with each norm's scale kept as it is for this input.",
    source="nostalgebraist 2020; Elhage et al. 2021", compute=compute_logit_lens, returns=(HeadGrids, Bars),
    term="logit_lens", place=ATTENTION, cost=LIVE, refuses=refuses_without_attention,
    params=(OutputParam("of", "Class", predicted="predicted class"),),
)
