"""Messages of the canvas: the graph after an edit, a new selection, or a command.

They are not trusted: malformed messages are dropped.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from explorer.ui.canvas.component.picture import DrawnEdge, DrawnNode

# name -> the types of its arguments
COMMANDS: Mapping[str, Mapping[str, type]] = {
    "undo": {}, "redo": {},
    "fix": {"node": str, "place": int},          # fix a problem; an empty node means the whole network
    "group": {"nodes": list},                    # make a block of these nodes
    "ungroup": {"node": str},
    "open": {"node": str},                       # walk into a block
    "leave": {"depth": int},                     # walk back to this step of the breadcrumb
    "keep": {"node": str},                       # keep this block in "My blocks"
    "output": {"node": str},                     # make it an output of the network, or no longer
    "tidy": {},                                  # forget all places: the canvas lays the network out itself
    "preview": {},                               # the thumbnails that were due
    "show_preview": {"on": bool},                # the switch
    "set_weight": {"parameter": str, "target": int, "source": int, "value": float},  # fork with another weight
}
MAX_NODES, MAX_EDGES = 5_000, 20_000


@dataclass(frozen=True)
class GraphDrawn:
    """The whole graph after an edit of the picture `revision`.

    `closing` are the edges that closed a gap where a node was deleted: (source, target, port).
    """

    revision: int
    nodes: tuple[DrawnNode, ...]
    edges: tuple[DrawnEdge, ...]
    closing: tuple[tuple[str, str, int], ...] = ()
    selected: tuple[str, ...] = ()


@dataclass(frozen=True)
class Selected:
    nodes: tuple[str, ...]


@dataclass(frozen=True)
class Command:
    name: str
    arguments: Mapping[str, Any]


Message = GraphDrawn | Selected | Command


def read_messages(sent: Any, after: int) -> Iterator[tuple[int, Message | None]]:
    """Yield (number, message) of those numbered higher than `after`, in order; None for a malformed one."""
    for item in sent if isinstance(sent, list) else []:
        number = item.get("seq") if isinstance(item, Mapping) else None
        if type(number) is int and number > after:
            after = number
            yield number, _read(item)


def _read(item: Mapping[str, Any]) -> Message | None:
    try:
        match item["kind"]:
            case "graph":
                return _read_graph(item)
            case "select":
                return Selected(_texts(item["nodes"]))
            case name:
                return Command(name, _arguments(COMMANDS[name], item))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _arguments(types: Mapping[str, type], item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _ARGUMENTS.get(kind, partial(_exactly, kind))(item[name]) for name, kind in types.items()}


def _read_graph(item: Mapping[str, Any]) -> GraphDrawn:
    nodes, edges = _exactly(list, item["nodes"]), _exactly(list, item["edges"])
    if len(nodes) > MAX_NODES or len(edges) > MAX_EDGES:
        raise ValueError("too large")
    return GraphDrawn(
        _exactly(int, item["revision"]),
        tuple(DrawnNode(_exactly(str, n["id"]), _exactly(str, n["block"]), _params(n.get("params")),
                        _place(n.get("at"))) for n in nodes),
        tuple(DrawnEdge(_exactly(str, e["source"]), _exactly(str, e["target"]), _exactly(int, e["port"]),
                        source_port=_exactly(int, e.get("source_port", 0))) for e in edges),
        tuple((_exactly(str, s), _exactly(str, t), _exactly(int, p)) for s, t, p in item.get("closing", [])),
        _texts(item.get("selected", [])))


def _exactly(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(value)
    return value


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(_exactly(str, value) for value in _exactly(list, values)[:MAX_NODES])


def _number(value: Any) -> float:
    """Read a finite number; JSON has 1 for 1.0."""
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ValueError("no number")
    return float(value)


_ARGUMENTS = {list: _texts, float: _number}  # the rest is read exactly


def _params(value: Any) -> Mapping[str, Any]:
    """Read settings as JSON has them; deep or huge ones are invalid."""
    params = _exactly(dict, value) if value is not None else {}
    if len(json.dumps(params, allow_nan=False)) > 100_000:
        raise ValueError("too large")
    return params


def _place(value: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    x, y = value
    if any(isinstance(v, bool) or not isinstance(v, int | float) or not math.isfinite(v) or abs(v) > 1e6
           for v in (x, y)):
        raise ValueError("no place")
    return round(float(x), 1), round(float(y), 1)
