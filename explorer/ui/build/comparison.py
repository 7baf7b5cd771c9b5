"""Comparison of two versions of a network in one drawing: added, removed and changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from explorer.blocks import BLOCKS
from explorer.document import DocumentError, Edge, Network
from explorer.formatting import format_shape
from explorer.network.compare import Change, Difference, draw_together
from explorer.network.definitions import Scope
from explorer.ui.canvas.component.picture import CanvasPicture, DrawnEdge, DrawnNode
from explorer.ui.canvas.network_picture import summary_alone
from explorer.ui.language import _
from explorer.ui.session import versions
from explorer.ui.session.notices import tell


def compared_version() -> tuple[str, Network] | None:
    """Return the name and network of the version to compare with, if there is one."""
    number = versions.compared()
    if number is None:
        return None
    try:
        name = next((version.name for version in versions.kept() if version.number == number), "")
        return name, versions.load(number).network
    except DocumentError as error:
        versions.compare(None)
        tell(error.sentence)
        return None


def with_changes(picture: CanvasPicture, name: str, before: Network, after: Network) -> CanvasPicture:
    """Mark the changes since `before` in the picture of `after`, and add the removed nodes; not editable."""
    together, difference, shadows = draw_together(before, after)
    removed, scope = set(shadows.values()), Scope.of(together)
    summaries = {node_id: replace(summary, **_mark(node_id, difference))
                 for node_id, summary in picture.summaries.items()}
    nodes = list(picture.nodes)
    for node in together.nodes:
        if node.id in removed:
            nodes.append(DrawnNode(node.id, node.block, dict(node.params), node.at))
            summaries[node.id] = replace(summary_alone(node, scope), change="removed")
    added = {_wire(edge) for edge in difference.edges_added}
    return replace(
        picture, nodes=tuple(nodes), summaries=summaries, editable=False, problems=(), preview_due=False,
        edges=tuple(DrawnEdge(edge.source, edge.target, edge.target_port, _edge_change(i, edge, added, after),
                              edge.source_port)
                    for i, edge in enumerate(together.edges)),
        remark=_counted(name, difference))


def _wire(edge: Edge) -> tuple[str, int, str, int]:
    return edge.source, edge.source_port, edge.target, edge.target_port


def _edge_change(index: int, edge: Edge, added: set[tuple[str, int, str, int]], after: Network) -> str | None:
    if index >= len(after.edges):
        return "removed"
    return "added" if _wire(edge) in added else None


def _mark(node_id: str, difference: Difference) -> dict[str, str | None]:
    if node_id in difference.added:
        return {"change": "added", "change_text": ""}
    words = [_describe(change) for change in difference.changed.get(node_id, ())]
    came_from = next((old for old, new in difference.renamed.items() if new == node_id), None)
    if came_from:
        words.insert(0, _("was called {name}", name=came_from))
    return {"change": "changed" if words else None, "change_text": " · ".join(words)}


def _describe(change: Change) -> str:
    title = next((spec.title for block in BLOCKS for spec in block.params if spec.name == change.name), change.name)
    return f"{_(title)} {_shown(change.before)} → {_shown(change.after)}"


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple) and all(isinstance(size, int) for size in value):
        return format_shape(tuple(value))
    return "–" if value in (None, "") else str(value)[:40]


def _counted(name: str, difference: Difference) -> str:
    if difference.is_empty:
        return _("Since {version} only positions on the canvas have changed.", version=name)
    changed = {*difference.changed, *difference.renamed.values()} - {*difference.added}
    return _("Since {version}: {added} added, {removed} removed, {changed} changed. Stop comparing to edit.",
             version=name, added=len(difference.added), removed=len(difference.removed), changed=len(changed))
