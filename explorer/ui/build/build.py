"""Header and canvas of Build."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from explorer.document import Network, Problem
from explorer.formatting import format_bytes, format_count
from explorer.network import Analysis
from explorer.recipe import Recipe
from explorer.ui.app.shell import TRAIN, go_to
from explorer.ui.build import canvas_edits
from explorer.ui.build.comparison import compared_version, with_changes
from explorer.ui.build.problems import NOT_ALL_COUNTED
from explorer.ui.canvas.component import draw_canvas, read_canvas
from explorer.ui.canvas.component.picture import CanvasPicture
from explorer.ui.canvas.network_picture import Drawn, graph_of, make_picture
from explorer.ui.canvas.own_blocks import block_store
from explorer.ui.canvas.palette import shelves
from explorer.ui.canvas.preview import Preview, PreviewMemory, Wish, make_preview
from explorer.ui.language import _, plain
from explorer.ui.session import draft, state
from explorer.ui.session.fields import typed
from explorer.ui.session.memo import remember
from explorer.ui.session.person import owner, theme
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.session.view import View, selected
from explorer.ui.widgets.forms import form_key, is_current

CANVAS = "canvas"  # the component's key
_HEIGHT_PX = 600


def take_edits() -> bool:
    """Apply the edits on the canvas to the draft. Returns whether the preview was requested."""
    return canvas_edits.handle(read_canvas(CANVAS))


def draw_header(net: Network, analysis: Analysis | None) -> None:
    """Draw the network's name, undo and redo, its totals and problems, and the buttons to export and train it."""
    name, steps, totals, actions = st.columns([0.24, 0.14, 0.36, 0.26], vertical_alignment="bottom")
    key = form_key("network_name")
    name.text_input(_("Name of the network"), net.name, key=key, on_change=_rename, args=(key,), max_chars=120,
                    label_visibility="collapsed")
    with steps.container(horizontal=True):
        st.button("↶", key="undo", help=_("Undo"), on_click=draft.undo, disabled=not draft.can_undo())
        st.button("↷", key="redo", help=_("Redo"), on_click=draft.redo, disabled=not draft.can_redo())
    totals.markdown(_totals(analysis) if analysis else "&nbsp;  \n&nbsp;",
                    help=_(NOT_ALL_COUNTED) if analysis and analysis.problems else None)
    with actions.container(horizontal=True, horizontal_alignment="right"):
        st.download_button(_("Export"), json.dumps(net.to_dict(), indent=1), "network.json", "application/json",
                           help=_("The network as a JSON file, to open here again or to share."))
        if st.button(_("Train"), type="primary", icon=":material/play_arrow:"):
            go_to(TRAIN)


def _totals(analysis: Analysis) -> str:
    parts = [
        _("{count} parameters", count=f"{analysis.total_parameters:,}"),
        _("{count} multiply-adds", count=format_count(analysis.total_multiply_adds)),
        _("{size} activations", size=format_bytes(analysis.total_activation_bytes)),
    ]
    sign = theme().problem if analysis.problems else theme().valid
    color = "red" if analysis.problems else "green"
    counted = " · ".join(parts)
    if analysis.problems:
        counted = _("{totals} so far", totals=counted)
    return f"{counted}  \n:{color}[**{sign.icon} {_state(analysis)}**]"


def _state(analysis: Analysis) -> str:
    if not analysis.problems:
        return _("No problems")
    places = plain(", ".join(dict.fromkeys(p.address for p in analysis.problems if p.address)), 60)
    count = len(analysis.problems)
    words = _("1 problem") if count == 1 else _("{count} problems", count=count)
    return f"{words}: {places}" if places else words


@uninterrupted
def _rename(key: str) -> None:
    if not is_current(key):
        return
    net = draft.current().recipe.network
    draft.change_network(replace(net, name=typed(key).strip() or _("Untitled")))


def draw_network(
    view: View, recipe: Recipe, analysis: Analysis | None, problems: Mapping[str, list[Problem]],
    preview: Preview | None,
) -> None:
    """Draw the canvas with the network in view, or with two versions in one drawing.

    analysis: None while shapes are unknown. preview: None without torch, when nothing is compared either.
    """
    net = recipe.network
    picture = make_picture(view, problems, preview or Preview({}), net, analysis or Analysis())
    picture = for_editing(picture, view)
    compared = compared_version() if preview else None
    if compared is not None:
        picture = with_changes(picture, *compared, net)
    draw_canvas(with_revision(picture, view), shelves(net, block_store(owner())), CANVAS, _HEIGHT_PX, theme())


def preview_of(recipe: Recipe, analysis: Analysis, asked: bool) -> Preview:
    """Compute the preview of the chosen sample with the chosen weights, with a cache; an empty one if switched off."""
    if not state.SHOW_PREVIEW.value:
        return Preview({})
    wish = Wish(state.PREVIEW_SAMPLE.value, state.PREVIEW_WEIGHTS.value)
    memory = remember(state.PREVIEW, "", PreviewMemory)
    return make_preview(recipe, analysis, wish, theme(), memory, asked)


def for_editing(picture: CanvasPicture, view: View) -> CanvasPicture:
    """Add the session's selection, switches and undo state to the picture."""
    return replace(picture, selected=selected(view), preview=state.SHOW_PREVIEW.value, can_undo=draft.can_undo(),
                   can_redo=draft.can_redo())


def with_revision(picture: CanvasPicture, view: View) -> CanvasPicture:
    """Number the picture; the number is new if the browser does not have this graph yet."""
    known = state.DRAWN.value or Drawn()
    drawn = known.then(graph_of(view.path, picture.nodes, picture.edges, picture.editable))
    state.DRAWN.value = drawn
    return replace(picture, revision=drawn.revision)
