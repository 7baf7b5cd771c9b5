"""Edits of the draft that the canvas requests."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from explorer.document import Edge, Network, Node
from explorer.network import apply
from explorer.network.grouping import CannotGroup, group, ungroup
from explorer.network.nesting import self_contained
from explorer.network.redraw import redraw
from explorer.text import Text, text
from explorer.ui.build.problems import find_problems
from explorer.ui.canvas.component.messages import Command, GraphDrawn, Message, Selected
from explorer.ui.canvas.network_picture import Drawn, graph_of
from explorer.ui.canvas.own_blocks import block_store, with_definition
from explorer.ui.language import _
from explorer.ui.session import draft, state
from explorer.ui.session.notices import failed, tell, tell_done
from explorer.ui.session.person import owner
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.session.versions import compared
from explorer.ui.session.view import can_open, change, current_view, path_inside, select, walk_to

log = logging.getLogger(__name__)


@uninterrupted
def handle(messages: Iterable[Message]) -> bool:
    """Handle the requests of the canvas in order. Returns whether the preview was requested."""
    asked = False
    for message in messages:
        try:
            asked = _do(message) or asked
        except Exception:  # asked again and again, one request that fails would make the page useless
            log.exception("a request of the canvas failed: %r", message)
            tell(text("This edit failed. Your network is unchanged; the server's log has the details."))
    return asked


def _do(message: Message) -> bool:
    """Handle one request; return whether it was for a preview."""
    match message:
        case GraphDrawn():
            _draw(message)
        case Selected(nodes):
            select(*nodes)
        case Command("preview"):
            return True
        case Command(name, arguments):
            _COMMANDS[name](**arguments)
    return False


def _draw(drawn: GraphDrawn) -> None:
    """Take over the graph that the user drew, unless it was drawn on an outdated picture."""
    known, view = state.DRAWN.value or Drawn(), current_view()
    if drawn.revision != known.revision or not view.editable or compared() is not None:
        return
    graph = graph_of(view.path, drawn.nodes, drawn.edges)
    if graph != known.graph:
        nodes = [Node(node.id, node.block, node.params, node.at) for node in drawn.nodes]
        edges = [Edge(edge.source, edge.target, edge.source_port, edge.port) for edge in drawn.edges]
        _bring_definitions(nodes)
        change(lambda net: redraw(net, nodes, edges, drawn.closing))
        state.DRAWN.value = Drawn(known.revision, graph)
        draft.redraw_forms()  # a field says what a node takes its input from
    select(*drawn.selected)


def _bring_definitions(nodes: list[Node]) -> None:
    """Put the kept blocks that were dropped into the network's own definitions."""
    net = draft.current().recipe.network
    with_all = net
    for node in nodes:
        if node.block == "composite" and isinstance(name := node.params.get("definition"), str):
            with_all = with_definition(with_all, name, block_store(owner()))
    if with_all is not net:
        draft.change_recipe(draft.current().recipe.with_(network=with_all))


def _fix(node: str, place: int) -> None:
    problems = find_problems(current_view(), draft.current().recipe).get(node, [])
    fix = problems[place].fix if 0 <= place < len(problems) else None
    if fix:
        change(lambda net: apply(net, fix))
        draft.redraw_forms()


@uninterrupted
def group_nodes(nodes: list[str]) -> None:
    """Group these nodes into a block and select it."""
    _regroup(lambda net: group(net, nodes, _("block")))


@uninterrupted
def ungroup_node(node: str) -> None:
    """Replace a composite node by the nodes inside it and select them."""
    _regroup(lambda net: ungroup(net, node))


def _regroup(edit: Callable[[Network], tuple[Network, str | tuple[str, ...]]]) -> None:
    """Group or ungroup in the view and select the result; show why if it is not possible."""
    new: list[str] = []

    def regroup(net: Network) -> Network:
        regrouped, found = edit(net)
        new[:] = [found] if isinstance(found, str) else found
        return regrouped

    try:
        change(regroup)
    except CannotGroup as error:
        tell(error.sentence)
    else:
        select(*new)


@uninterrupted
def open_node(node: str) -> None:
    """Show the inside of a composite node."""
    view = current_view()
    if node in view.net.by_id and can_open(view, node):
        walk_to((*view.path, node))
    else:
        tell(text("Fix this block's problem before opening it."))


def _leave(depth: int) -> None:
    path = path_inside()
    if 0 <= depth < len(path):
        came_from = path[depth]
        walk_to(path[:depth])
        select(came_from)


@uninterrupted
def keep_node(node: str) -> None:
    """Save the definition of a block of the user's own to "My blocks"."""
    view, net = current_view(), draft.current().recipe.network
    name = view.net.node(node).params.get("definition") if node in view.net.by_id else None
    if not isinstance(name, str) or name not in net.definitions:
        return
    try:
        kept = block_store(owner()).keep(name, self_contained(net, name))
    except OSError as error:
        failed(text("The block could not be kept"), error)
        return
    tell_done(_kept_sentence(kept))


def _kept_sentence(name: str) -> Text:
    return text("{name} is now in My blocks and can be used in all your networks.", name=name)


def _output(node: str) -> None:
    def toggle(net: Network) -> Network:
        if node not in net.by_id:
            return net
        others = tuple(name for name in net.outputs if name != node)
        return net.with_(outputs=others if node in net.outputs else (*net.outputs, node))

    change(toggle)


def _tidy() -> None:
    change(lambda net: net.with_(nodes=tuple(replace(node, at=None) for node in net.nodes)))


def _show_preview(on: bool) -> None:
    state.SHOW_PREVIEW.value = on


_COMMANDS: Mapping[str, Callable[..., Any]] = {
    "undo": draft.undo, "redo": draft.redo, "fix": _fix, "output": _output, "tidy": _tidy,
    "group": group_nodes, "ungroup": ungroup_node, "open": open_node, "leave": _leave, "keep": keep_node,
    "show_preview": _show_preview,
}
