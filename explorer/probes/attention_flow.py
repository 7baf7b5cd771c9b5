"""Attention flow: which parts of the input the attention of all layers together takes what is read out from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from explorer.attention import NUMBERS, PIXELS, TOKENS, Attention, TokenPlaces, places_of
from explorer.attention.flow_reading import FlowReading, attends_to_itself, cells_of, flow_layers, read_flow
from explorer.attention.rollout import DifferentTokens, FlowLayer, accumulate, hand_down, roll_out
from explorer.formatting import format_character
from explorer.hooks import as_taken
from explorer.probes.attending import attentions_of, refuses_without_attention
from explorer.probes.attention_parts import axes_of
from explorer.probes.chosen_output import ChosenOutput, OutputParam, choose_output
from explorer.probes.objective import CHARACTERS, kind_of
from explorer.probes.probe import ATTENTION, FOLLOWED, ProbeSpec
from explorer.probes.probe_params import NodeParam, UnitParam
from explorer.probes.subject import Subject
from explorer.results import FlowMap, FlowMaps, as_picture
from explorer.spec import Choice
from explorer.text import Text, text

_OUTPUT, _QUERY = "output", "query"
Unit = tuple[int, ...]


@dataclass(frozen=True)
class _Beginning:
    """The attentions that a flow passes, and the row of the last one's queries that it begins with."""

    attentions: tuple[Attention, ...]
    row: np.ndarray
    words: Text


def compute_attention_flow(
    subject: Subject, node: str, unit: Unit | None = None, start: str = _OUTPUT, of: str = "",
) -> FlowMaps:
    """Follow attention back to the input from the tokens that are read out, or from a query that is chosen.

    Maps: the last layer's weights, averaged over its heads; rollout; and weights times the gradient of a class's logit.
    node, unit: the attention weights, or their scores, and the pair that is looked at: (window,) (head,) query, key.
    Source: Abnar & Zuidema 2020; Chefer et al. 2021.
    """
    every, chosen = attentions_of(subject), choose_output(subject, of)
    found = read_flow(subject.model, subject.batch, every, chosen.pick)
    begin = _begin(subject, every, found, chosen, node, unit if start == _QUERY else None)
    first, last = begin.attentions[0], begin.attentions[-1]
    places = _places(subject, begin.attentions, found)
    maps, note = _maps(subject, begin, found, places, chosen)
    is_image = places[first.node].kind == PIXELS
    picture = _picture(subject) if is_image else np.zeros((0, 0), np.float32)
    words = text("{start}; the mean is of {node}", start=begin.words, node=last.block or last.node)
    return FlowMaps("Attention flow", maps, picture, words, _labels(subject, places[last.node]), note)


def _begin(subject: Subject, every: tuple[Attention, ...], found: FlowReading, chosen: ChosenOutput, node: str,
           unit: Unit | None) -> _Beginning:
    at = next((place for place, each in enumerate(every) if node and node in (each.node, each.scores)), None)
    pair = {} if at is None else _pair(every[at], found, unit or ())
    if "query" not in pair:
        return _Beginning(every, _read_out(found), _words(subject, found))
    row = np.zeros(found.averaged[every[at].node].shape[:2])
    window, query = min(pair.get("window", 0), len(row) - 1), min(pair["query"], row.shape[1] - 1)
    row[window, query] = 1
    return _Beginning(every[:at + 1], row.reshape(-1),
                      text("query {query} of {node}", query=query, node=every[at].node))


def _pair(attention: Attention, found: FlowReading, unit: Unit) -> dict[str, int]:
    """Name the numbers of a unit by the axes of the weights."""
    axes = axes_of(attention, len(found.averaged[attention.node]), attention.heads)
    return dict(zip(axes, unit, strict=True)) if len(unit) == len(axes) else {}


def _read_out(found: FlowReading) -> np.ndarray:
    row = found.read_out.reshape(-1).astype(np.float64)
    return row / max(1.0, row.sum())


def _words(subject: Subject, found: FlowReading) -> Text:
    if kind_of(subject) == CHARACTERS:
        return text("the last token that was typed")
    count = int(found.read_out.sum())
    return text("the token that is read out") if count == 1 else text("the mean of {count} tokens", count=count)


def _places(subject: Subject, attentions: tuple[Attention, ...], found: FlowReading) -> dict[str, TokenPlaces]:
    """Find the places of the keys, by the attention's node; a token of which nothing is known is at its own number."""
    known = places_of(subject.model, subject.batch, attentions)
    return {node: pair[1] if pair else _numbered(found.averaged[node].shape) for node, pair in known.items()}


def _numbered(shape: tuple[int, ...]) -> TokenPlaces:
    at = np.arange(shape[0] * shape[2])
    boxes = np.stack([0 * at, at, 0 * at + 1, at + 1], 1)
    return TokenPlaces(NUMBERS, boxes.reshape(shape[0], shape[2], 4))


def _maps(subject: Subject, begin: _Beginning, found: FlowReading, places: dict[str, TokenPlaces],
          chosen: ChosenOutput) -> tuple[tuple[FlowMap, ...], Text | None]:
    """Make the maps, and a remark where some are missing or have gaps."""
    first, last = begin.attentions[0], begin.attentions[-1]
    weights = found.averaged[last.node]
    mean = (begin.row.reshape(weights.shape[:2])[:, None] @ weights).reshape(-1)
    maps = [FlowMap(text("Mean of heads"), *_placed(mean, places[last.node]))]
    if not all(attends_to_itself(subject.model, each) for each in begin.attentions):
        return tuple(maps), text("Queries and keys are of different sequences, so attention cannot be multiplied "
                                 "through the layers: this is the last one alone.")
    try:
        for title, values in _flows(subject, begin, found, places, chosen):
            maps.append(FlowMap(title, *_placed(values, places[first.node])))
    except DifferentTokens:
        return tuple(maps), text("The tokens of one layer are no parts of the next one's, so attention cannot be "
                                 "multiplied through the layers: this is the last one alone.")
    return tuple(maps), _remark(maps, _merges(begin.attentions, found))


def _flows(subject: Subject, begin: _Beginning, found: FlowReading, places: dict[str, TokenPlaces],
           chosen: ChosenOutput) -> Iterator[tuple[Text, np.ndarray]]:
    cells = {node: cells_of(each, tuple(subject.batch.shape[-2:])) for node, each in places.items()}

    def layers(weights: dict[str, np.ndarray]) -> list[FlowLayer]:
        return flow_layers(weights, cells, begin.attentions)

    yield text("Rollout"), roll_out(begin.row, layers(found.averaged))
    if all(each.node in found.relevant for each in begin.attentions):
        relevant = layers(found.relevant)
        gained = accumulate(begin.row, relevant) - hand_down(begin.row, relevant)
        yield text("Gradient, logit of {name}", name=chosen.name[:8]), gained


def _placed(values: np.ndarray, places: TokenPlaces) -> tuple[np.ndarray, np.ndarray]:
    return values.astype(np.float32), places.boxes.reshape(-1, 4)


def _merges(attentions: tuple[Attention, ...], found: FlowReading) -> bool:
    """Check whether a layer has fewer tokens than the first: patches were merged on the way."""
    counts = [found.averaged[each.node].shape[:2] for each in attentions]
    return any(windows * tokens < counts[0][0] * counts[0][1] for windows, tokens in counts)


def _remark(maps: list[FlowMap], merges: bool) -> Text | None:
    if not all(np.isfinite(each.values).all() for each in maps):
        return text("Some weights are not finite numbers, so maps have gaps. Choose an earlier step.")
    if len(maps) < 3:
        return text("There is no gradient of these weights: they are implied, or too many.")
    if merges:
        return text("Patches that were merged share equally what their token has.")
    return None


def _picture(subject: Subject) -> np.ndarray:
    pixels = as_taken(subject.model, subject.batch[:1])[0].float().cpu()
    return as_picture(pixels.clamp(0, 1).numpy())


def _labels(subject: Subject, places: TokenPlaces) -> tuple[str, ...]:
    if places.kind != TOKENS or not subject.takes_tokens:
        return ()
    return tuple(format_character(name) for name in subject.token_names(subject.batch[0, :subject.tokens]))


ATTENTION_FLOW = ProbeSpec(
    name="attention_flow", title="Attention flow",
    summary="How much of each part of the input reaches the output through attention. Rollout multiplies the weights "
            "of all layers, half of each token going past; the gradient keeps what raises the logit.",
    source="Abnar & Zuidema 2020; Chefer et al. 2021", compute=compute_attention_flow, returns=(FlowMaps,),
    term="rollout", place=ATTENTION, cost=FOLLOWED, refuses=refuses_without_attention,
    params=(NodeParam("node", "Layer"), UnitParam("unit", "Unit"),
            Choice("start", "From", _OUTPUT, (_OUTPUT, _QUERY), ("the output", "the chosen query"),
                   help="Start from the tokens that the output is read from, or from the query that is chosen above."),
            OutputParam("of", "Class", predicted="predicted class")),
)
