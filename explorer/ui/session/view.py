"""The part of the network that Build shows: the whole, or the inside of an opened block."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from explorer import network
from explorer.document import Network
from explorer.network import Analysis
from explorer.network.nesting import definition_at, within
from explorer.ui.language import _
from explorer.ui.session import draft, state


@dataclass(frozen=True)
class View:
    """A network and what is known of it. `path` leads to it from the whole; `remark` explains why it is not editable.
    """

    path: tuple[str, ...]
    net: Network
    analysis: Analysis
    editable: bool = True
    remark: str = ""

    def address(self, node_id: str) -> str:
        """Join the address of one of its nodes in the whole network."""
        return ".".join((*self.path, node_id))


def current_view() -> View:
    """Return the part that this session has opened, as far as its path still exists."""
    net = draft.current().recipe.network
    analysis = network.analyze(net)
    path = path_inside()
    while path:
        if (view := _inside(net, analysis, path)) is not None:
            state.PATH.value = path
            return view
        path = path[:-1]
    state.PATH.clear()
    return View((), net, analysis)


def can_open(view: View, node_id: str) -> bool:
    """Check whether a node can be opened."""
    return _inside(draft.current().recipe.network, network.analyze(draft.current().recipe.network),
                   (*view.path, node_id)) is not None


def change(edit: Callable[[Network], Network]) -> None:
    """Edit the network that is shown; inside a block of one's own that changes its definition."""
    view = current_view()
    if view.editable:
        net = draft.current().recipe.network
        draft.change_network(within(net, view.path, edit) if view.path else edit(net))


def selected(view: View) -> tuple[str, ...]:
    """Return the ids of the selected nodes."""
    return tuple(node_id for node_id in state.SELECTED.value if node_id in view.net.by_id)


def select(*node_ids: str) -> None:
    """Select nodes of the view; the forms are redrawn."""
    if state.SELECTED.value != node_ids:
        keep_selected(*node_ids)
        draft.redraw_forms()


def keep_selected(*node_ids: str) -> None:
    """Set the selection without redrawing the forms: a node that was renamed has the same form."""
    state.SELECTED.value = node_ids


def path_inside() -> tuple[str, ...]:
    """Return the ids of the opened blocks, from the whole network on."""
    return state.PATH.value


def walk_to(path: tuple[str, ...]) -> None:
    """Open the block at the end of this path; nothing is selected there yet."""
    state.PATH.value = path
    select()


def _inside(net: Network, analysis: Analysis, path: tuple[str, ...]) -> View | None:
    opened = analysis.at(path)
    try:
        definition = definition_at(net, path)
    except KeyError:
        definition = None
    if opened is None:  # nothing reaches it yet: a definition can be looked at by itself
        return View(path, definition, network.analyze(definition)) if definition is not None else None
    if definition is None:
        return View(path, opened.net, opened.analysis, False,
                    _("This is the inside of a ready-made block. Go back and ungroup it to change it."))
    if opened.net != definition:
        return View(path, opened.net, opened.analysis, False,
                    _("These copies differ only in their weights. Open one to change all of them."))
    return View(path, opened.net, opened.analysis)
