"""The look of Inspect, as the session knows it: the browser's own, once it has settled; and the page's address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import streamlit as st

from explorer.blocks import BLOCKS
from explorer.document import Network, Node
from explorer.inspection.asked import Asked
from explorer.network import Analysis, analyze
from explorer.probes import Subject
from explorer.probes.attribution_target import LOSS as LOSS_TARGET
from explorer.probes.objective import choices_of
from explorer.probes.operation import LOSS
from explorer.probes.probe import PLACES
from explorer.spec import BadValue
from explorer.text import Text, text
from explorer.training import Run, RunStore, UnknownRun
from explorer.ui.inspect.look_address import (
    VIEW,
    beside_in_address,
    has_moved,
    look_in_address,
    name_look,
    not_there,
    sample_input,
)
from explorer.ui.language import _
from explorer.ui.session import state
from explorer.ui.session.fields import fill, prefill
from explorer.ui.session.notices import tell

TABS = "places"  # the key of the page's tabs


def known_look(run: Run, steps: Sequence[int]) -> Mapping[str, Any]:
    """Return the look that the browser sent last, else the one it begins with: what the page's address names."""
    known, moved = state.LOOK.value, has_moved()
    if known and known.get("run") == run.id and not moved:
        return known
    if not known or known.get("run") != run.id:
        known = {"run": run.id, "step": steps[-1], "input": sample_input(0), "changes": {}, "against": None,
                 "shown": "first", "inside": "", "node": "", "unit": None, "parameter": "", "of": "", "methods": "",
                 "edits": [], "interventions": [], "beside": None}
    known, missing = _in_network(run.recipe.network, {**known, **look_in_address(steps)})
    known = {**known, "beside": _that_is_kept(beside_in_address(known))}
    others = not_there(known, steps)
    state.LOOK.value = known
    if moved:
        state.LOOK_REVISION.value += 1
        open_place(st.query_params.get(VIEW, next(iter(PLACES))))
    if missing or others:
        tell(_explain(missing, others, known))
        st.rerun(scope="app")
    return known


def _explain(missing: str, others: Sequence[str], known: Mapping[str, Any]) -> Text:
    """Explain what of the address is not there: the node, and what else it names."""
    if not others:
        return text("This network has no node called {node}; showing {shown}.", node=missing, shown=known["node"])
    return text("This link names what is not there: {names}. Showing step {step} and {shown}.",
                names=", ".join(name for name in (missing, *others) if name), step=f"{known['step']:,}",
                shown=known["node"])


def _that_is_kept(beside: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the other side; None where its run was deleted, or never was."""
    try:
        return beside if beside and RunStore().open(beside["run"]) else None
    except UnknownRun:
        return None


def _in_network(net: Network, look: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Look at a telling node, and at the whole network, where one is named that is not there; return its name, too."""
    nodes, blocks = [address for address, *_rest in _nodes(net, analyze(net))], [name for name, _kind in blocks_of(net)]
    missing = [name for name, known in ((look["node"], [*nodes, *blocks, LOSS]), (look["inside"], blocks))
               if name and name not in known]
    if not missing and look["node"]:
        return look, ""
    inside = look["inside"] if look["inside"] in blocks else ""
    return look | {"node": telling_node(net), "unit": None, "inside": inside}, next(iter(missing), "")[:80]


def for_browser(look: Mapping[str, Any], steps: Sequence[int]) -> dict[str, Any]:
    """Complete a look by what the browser keeps besides: the steps, and pixels, which Python knows by their hash."""
    def complete(part: Mapping[str, Any]) -> dict[str, Any]:
        return {**part, "input": {**part["input"], "pixels": None}}

    against, beside = look["against"], look["beside"]
    return {**complete(look), "against": against and complete(against), "beside": beside and complete(beside),
            "steps": list(steps)}


def telling_node(net: Network) -> str:
    """Return the address of the node to begin with: the first convolution, else the first with weights, else any."""
    nodes = list(_nodes(net, analyze(net)))
    convolutions = [address for address, family, _weights in nodes if family == "convolution"]
    weighted = [address for address, _family, weights in nodes if weights]
    return next(iter([*convolutions, *weighted, *(address for address, *_rest in nodes)]), "")


def _nodes(net: Network, analysis: Analysis, prefix: str = "") -> Iterator[tuple[str, str, int]]:
    """Yield (address, family, parameters) of every node that is not composite, in order."""
    for node_id in analysis.order:
        if opened := analysis.inside.get(node_id):
            yield from _nodes(opened.net, opened.analysis, f"{prefix}{node_id}.")
        else:
            yield (f"{prefix}{node_id}", BLOCKS.get(net.node(node_id).block).family,
                   analysis.parameters.get(node_id, 0))


def blocks_of(net: Network) -> list[tuple[str, str]]:
    """List (address, kind) of the blocks that can be walked into, in order."""
    return list(_blocks(net, analyze(net)))


def _blocks(net: Network, analysis: Analysis, prefix: str = "") -> Iterator[tuple[str, str]]:
    for node_id in analysis.order:
        if opened := analysis.inside.get(node_id):
            yield f"{prefix}{node_id}", _kind(net.node(node_id))
            yield from _blocks(opened.net, opened.analysis, f"{prefix}{node_id}.")


def _kind(node: Node) -> str:
    return node.params["definition"][:40] if node.block == "composite" else _(BLOCKS.get(node.block).title)


def keep_look(settled: Mapping[str, Any]) -> None:
    """Keep what the browser looks at now. What is not well-formed is left aside."""
    try:
        asked_of(settled)
    except BadValue:
        return
    state.LOOK.value = dict(settled)
    name_look(settled, st.query_params.get(VIEW))


def begin_with_a_sample() -> bool:
    """Look at the first test sample instead, as it is; False where that is what cannot be looked at."""
    known = state.LOOK.value or {}
    first = {**known, "input": sample_input(0), "changes": {}, "against": None, "shown": "first"}
    if first == known:
        return False
    state.LOOK.value = first
    state.LOOK_REVISION.value += 1
    name_look(first, st.query_params.get(VIEW))
    return True


def check_output(subject: Subject) -> bool:
    """Look at the loss instead, with one notice, where the look names an output that is not there; False if so."""
    known = state.LOOK.value or {}
    of, count = known.get("of") or "", len(choices_of(subject, subject.outputs)) if known.get("of") else 0
    if not of or of == LOSS_TARGET or _are_there(of, count):
        return True
    state.LOOK.value = {**known, "of": ""}
    state.LOOK_REVISION.value += 1
    name_look(state.LOOK.value, st.query_params.get(VIEW))
    tell(text("This network has no output number {of}; it has {count}, from 0 on.", of=of[:20], count=count))
    return False


def _are_there(of: str, count: int) -> bool:
    """Check an index, or two of a difference, against how many numbers the output has."""
    return all(part.isascii() and part.isdecimal() and int(part) < count for part in of.split("-", 1))


def asked_of(look: Mapping[str, Any]) -> Asked:
    """Make the question about a look, for the parts that Python draws. Raises BadValue."""
    def one(part: Mapping[str, Any]) -> dict[str, Any]:
        given = part.get("input")
        return {**(given if isinstance(given, Mapping) else {}), "changes": part.get("changes") or {}}

    against, shown = look.get("against"), look.get("shown")
    first = against if against and shown == "second" else look
    return Asked.of({"step": look.get("step"), "input": one(first), "inside": look.get("inside", ""),
                     "edits": look.get("edits") or (), "interventions": look.get("interventions") or (),
                     "against": one(against) if against and shown == "difference" else None})


def open_place(named: str) -> None:
    """Go to a tab of the page, by its name in the registry of places; to one of its views after a slash."""
    place, _slash, view = named.partition("/")
    if place in PLACES:
        fill(TABS, _(PLACES[place]))
        if view:
            fill(f"view/{place}", view)
        name_look(state.LOOK.value or {}, place)


def name_place(place: str) -> None:
    """Name the open tab in the page's address."""
    if st.query_params.get(VIEW, next(iter(PLACES))) != place:
        name_look(state.LOOK.value or {}, place)


def open_place_in_address() -> None:
    """Begin on the tab that the page's address names, if it is one."""
    if (place := st.query_params.get(VIEW)) in PLACES:
        prefill(TABS, _(PLACES[place]))
