"""The picture on the canvas, as plain data that the browser draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from explorer.blocks.sketch import Sketch
from explorer.document import Problem


@dataclass(frozen=True)
class Kind:
    """An entry of the palette, and the look of its nodes until their summaries are known.

    `opens`: it is made of other blocks. `has_sketch`: its nodes need space for a sketch. `params` are the settings of a
    node made from this entry, `other_names` more words that a search finds, `short` a title that fits on a node.
    """

    block: str
    title: str
    family: str
    summary: str
    inputs: tuple[str, ...] = ("input",)
    variadic: bool = False
    opens: bool = False
    params: Mapping[str, Any] = field(default_factory=dict)
    outputs: tuple[str, ...] = ("output",)
    has_sketch: bool = False
    other_names: str = ""
    short: str = ""


@dataclass(frozen=True)
class Shelf:
    """One section of the palette; `repeated` ones, with blocks of other sections, are not searched."""

    title: str
    kinds: tuple[Kind, ...]
    is_open: bool = True
    repeated: bool = False


@dataclass(frozen=True)
class NodeSummary:
    """Everything shown of one node. Counts are for one sample.

    `shape` is that of the first output, `shapes` those of all outputs if there are several. `receptive_field` is
    (height, width) in input pixels, "all" for the whole input, None if unknown. `sketch_text` describes the sketch.
    `change` is added, removed, changed or moved if two versions are compared, with details in `change_text`.
    """

    kind: Kind
    settings: str = ""
    shape: str | None = None
    shapes: tuple[str, ...] = ()
    parameters: int = 0
    multiply_adds: int = 0
    activation_bytes: int = 0
    receptive_field: tuple[int, int] | str | None = None
    problems: tuple[Problem, ...] = ()
    is_output: bool = False
    thumbnail: str | None = None
    note: str = ""
    sketch: Sketch | None = None
    sketch_text: str = ""
    change: str | None = None
    change_text: str = ""


@dataclass(frozen=True)
class DrawnNode:
    """A node on the canvas. `at` is its upper left corner, None to let the canvas choose."""

    id: str
    block: str
    params: Mapping[str, Any] = field(default_factory=dict)
    at: tuple[float, float] | None = None


@dataclass(frozen=True)
class DrawnEdge:
    source: str
    target: str
    port: int = 0
    change: str | None = None
    source_port: int = 0


@dataclass(frozen=True)
class Crumb:
    """One step of the path into composite nodes; the first is the network itself."""

    title: str


@dataclass(frozen=True)
class Watched:
    """The run whose newest maps and weights the browser paints into a picture that is read only.

    `takes_weights`: a click on an edge asks for another weight, sent as "set_weight".
    """

    run_id: str
    takes_weights: bool = False


@dataclass(frozen=True)
class CanvasPicture:
    """Everything on the canvas. The browser replaces its graph only if `revision` has changed.

    `editable` is False inside a ready-made block and while versions are compared; `remark` then explains why.
    `preview_due` requests a "preview" message from the browser once it has drawn the rest. `follows`: its nodes are
    cards of maps, painted with what the browser asks the server for.
    """

    revision: int
    nodes: tuple[DrawnNode, ...]
    edges: tuple[DrawnEdge, ...]
    summaries: Mapping[str, NodeSummary]
    problems: tuple[Problem, ...] = ()
    selected: tuple[str, ...] = ()
    crumbs: tuple[Crumb, ...] = ()
    editable: bool = True
    remark: str = ""
    preview: bool = True
    preview_due: bool = False
    can_undo: bool = False
    can_redo: bool = False
    live: Watched | None = None
    follows: bool = False


@dataclass(frozen=True)
class Overlay:
    """A number that can lie over the nodes. `unit`: s, share or count, which decides its form; else empty."""

    name: str
    title: str
    unit: str = ""


@dataclass(frozen=True)
class Levels:
    """All pictures of a network that the browser walks by itself, by the addresses of the blocks walked into.

    `inside` is the one to begin with, `file_name` what a saved picture is called.
    """

    pictures: Mapping[str, CanvasPicture]
    inside: str = ""
    overlays: tuple[Overlay, ...] = ()
    file_name: str = "overview"
