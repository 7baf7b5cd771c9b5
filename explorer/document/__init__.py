"""Networks as plain data: nodes, edges, outputs; JSON in and out, no torch.

`Network.from_dict` checks only the form of a document and raises only `DocumentError`; `network.problems` checks
whether the network is valid (known blocks, no cycle, matching shapes).
"""

from explorer.document.ids import RESERVED_IDS, check_id, free_id
from explorer.document.network import Edge, Network, Node, chain
from explorer.document.problem import (
    AddInput,
    AddOutput,
    Connect,
    DropParam,
    Edit,
    Fix,
    InsertAfter,
    InsertBefore,
    Problem,
    RemoveEdge,
    RemoveNode,
    RemoveOutput,
    RenameNode,
    SetInit,
    SetParam,
    Shape,
    Within,
)
from explorer.document.reading import DocumentError, NewerDocument, as_json, parse_json, read_file, read_head

__all__ = [
    "RESERVED_IDS",
    "AddInput",
    "AddOutput",
    "Connect",
    "DocumentError",
    "DropParam",
    "Edge",
    "Edit",
    "Fix",
    "InsertAfter",
    "InsertBefore",
    "Network",
    "NewerDocument",
    "Node",
    "Problem",
    "RemoveEdge",
    "RemoveNode",
    "RemoveOutput",
    "RenameNode",
    "SetInit",
    "SetParam",
    "Shape",
    "Within",
    "as_json",
    "chain",
    "check_id",
    "free_id",
    "parse_json",
    "read_file",
    "read_head",
]
