"""Side panel of Build: settings of the selected block, actions on several, or the network's summary."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from explorer.blocks import BLOCKS, Block
from explorer.document import Node, Problem, check_id
from explorer.document.initializations import NOT_OF_A_NODE, read_init
from explorer.formatting import format_bytes, format_count, format_shape
from explorer.network import edit
from explorer.network.nesting import rename_definition
from explorer.network.redraw import remove
from explorer.recipe import INITIALIZATIONS, Chosen, Recipe, choose
from explorer.spec import BadValue
from explorer.text import text
from explorer.ui.build import canvas_edits
from explorer.ui.build.input_fields import draw_inputs
from explorer.ui.build.problems import draw_problems
from explorer.ui.build.summary import draw_summary
from explorer.ui.canvas.sketch import sketch_of
from explorer.ui.canvas.sketch_drawing import draw_sketch
from explorer.ui.glossary import hover
from explorer.ui.language import _, plain
from explorer.ui.session import draft
from explorer.ui.session.fields import typed
from explorer.ui.session.person import theme
from explorer.ui.session.state import problem_with
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.session.view import View, change, current_view, keep_selected, select, selected
from explorer.ui.widgets.forms import draw_param, form_key, is_current

_NOTE_LENGTH = 2_000


def draw_side_panel(view: View, recipe: Recipe, problems: Mapping[str, list[Problem]], origin: str = "") -> None:
    """Draw the panel for the selection."""
    chosen = selected(view)
    summary, several, node = st.container(), st.container(), st.container()
    if not chosen:
        with summary:
            draw_summary(view, recipe, origin)
    elif len(chosen) > 1:
        with several:
            _draw_several(view, chosen)
    else:
        with node:
            _draw_node(view, view.net.node(chosen[0]), problems.get(chosen[0], []))


def _draw_several(view: View, chosen: tuple[str, ...]) -> None:
    st.markdown(f"**{_('{count} blocks selected', count=len(chosen))}**")
    parameters = sum(view.analysis.parameters.get(node_id, 0) for node_id in chosen)
    st.caption(_("{count} parameters together", count=f"{parameters:,}"))
    st.button(_("Group into a block"), key="group", icon=":material/select_all:", disabled=not view.editable,
              on_click=canvas_edits.group_nodes, args=(list(chosen),),
              help=_("Makes a block of your own, which you can name, open and repeat."))


def _draw_node(view: View, node: Node, problems: list[Problem]) -> None:
    with st.container():
        _draw_name(view, node)
    with st.container():
        draw_problems(problems, f"panel/{node.id}")
    about, sketch, parts, settings = st.container(), st.container(), st.container(), st.container()
    with about:
        if node.block not in BLOCKS:
            st.caption(_("This version of Layerscope has no block called {name}.", name=plain(node.block)))
            return
        block = BLOCKS.get(node.block)
        st.caption(_(block.summary))
        _draw_facts(view, node)
    with sketch:
        draw_sketch(sketch_of(view.net, view.analysis, node), theme())
    if block.is_composite:
        with parts:
            _draw_composite(view, node)
    with settings:
        _draw_settings(view, node, block)


def _draw_settings(view: View, node: Node, block: Block) -> None:
    """Draw all settings of a block, then its formula and source."""
    for spec in block.params:
        if spec.name != "definition":
            draw_param(spec, _shown(spec, node.params.get(spec.name, spec.default)), f"param/{node.id}",
                       partial(_keep_param, node.id, spec.name), disabled=not view.editable)
    draw_inputs(view, node)
    _draw_initialization(view, node)
    _draw_note(view, node)
    if block.formula:
        st.latex(block.formula)
    if block.source:
        st.caption(_("Source: {source}", source=block.source))


def _shown(spec: Any, value: Any) -> Any:
    """Return a value that the field can show: the default in place of an invalid one."""
    try:
        return spec.parse(value)
    except ValueError:
        return spec.default


def _keep_param(node_id: str, name: str, value: Any) -> None:
    """Store a setting, unless it is a default that did not change: a field also reports that it lost focus."""
    value, node = list(value) if isinstance(value, tuple) else value, current_view().net.by_id.get(node_id)
    if node and value != node.params.get(name, _default(node, name)):
        change(lambda net: edit.set_param(net, node_id, name, value))


def _default(node: Node, name: str) -> Any:
    value = next(spec.default for spec in BLOCKS.get(node.block).params if spec.name == name)
    return list(value) if isinstance(value, tuple) else value


def _draw_facts(view: View, node: Node) -> None:
    analysis, signal = view.analysis, view.analysis.signals.get(node.id)
    if signal is None:
        return
    shapes = " / ".join(format_shape(one.shape) for one in analysis.outputs[node.id])
    parts = [_("output {shape}", shape=shapes),
             _("{count} parameters", count=f"{analysis.parameters.get(node.id, 0):,}"),
             _("{count} multiply-adds", count=format_count(analysis.multiply_adds.get(node.id, 0))),
             _("{size} activations", size=format_bytes(analysis.activation_bytes.get(node.id, 0)))]
    st.markdown(f":small[{' · '.join(parts)}]")


def _draw_name(view: View, node: Node) -> None:
    key = form_key(f"name/{node.id}")
    st.text_input(_("Name"), node.id, key=key, on_change=_rename, args=(node.id, key), disabled=not view.editable,
                  help=_("Letters, digits and _. Its weights have the same name."))
    with st.container():
        _draw_problem(key)
    with st.container(horizontal=True):
        st.button("↑", help=_("Move up"), key="move_up", on_click=_move, args=(node.id, -1),
                  disabled=not (view.editable and edit.can_move(view.net, node.id, -1)))
        st.button("↓", help=_("Move down"), key="move_down", on_click=_move, args=(node.id, 1),
                  disabled=not (view.editable and edit.can_move(view.net, node.id, 1)))
        st.button(_("Remove"), key="remove", icon=":material/delete:", on_click=_remove, args=(node.id,),
                  disabled=not view.editable)


def _draw_problem(key: str) -> None:
    """Show once what was wrong with the text typed into the field of this key."""
    if message := problem_with(key).take():
        st.markdown(f":small[:red[:material/error: {plain(_(message), 300)}]]")


@uninterrupted
def _rename(node_id: str, key: str) -> None:
    if not is_current(key):
        return
    net, wanted = current_view().net, typed(key).strip()
    message = check_id(wanted)
    if message is None and wanted in net.by_id:
        message = text("Another node already has this name.")
    if message is not None:
        problem_with(key).value = message
        return
    change(lambda net: edit.rename(net, node_id, wanted))
    keep_selected(wanted)


@uninterrupted
def _move(node_id: str, by: int) -> None:
    change(lambda net: edit.move(net, node_id, by))


@uninterrupted
def _remove(node_id: str) -> None:
    into = current_view().net.edges_into(node_id)
    change(lambda net: remove(net, node_id))
    select(*([into[0].source] if into else []))
    draft.redraw_forms()


def _draw_composite(view: View, node: Node) -> None:
    """Draw the actions on a composite node."""
    own = node.block == "composite"
    name = st.container()
    if own:
        key = form_key(f"definition/{node.id}")
        name.text_input(_("Name of the block"), str(node.params.get("definition", "")), key=key, max_chars=120,
                        on_change=_rename_definition, args=(node.id, key), disabled=not view.editable,
                        help=_("Its name in My blocks. Renames it wherever it is used."))
        with name:
            _draw_problem(key)
    with st.container(horizontal=True):
        st.button(_("Open"), key="open", icon=":material/open_in_full:", on_click=canvas_edits.open_node,
                  args=(node.id,), help=_("Show the blocks inside it."))
        st.button(_("Ungroup"), key="ungroup", icon=":material/ungroup:", on_click=canvas_edits.ungroup_node,
                  args=(node.id,), disabled=not view.editable, help=_("Replace it by the blocks inside it."))
        if own:
            st.button(_("Keep"), key="keep", icon=":material/bookmark_add:", on_click=canvas_edits.keep_node,
                      args=(node.id,), help=_("Save it to My blocks, for all your networks."))


@uninterrupted
def _rename_definition(node_id: str, key: str) -> None:
    if not is_current(key):
        return
    recipe, wanted = draft.current().recipe, typed(key).strip()
    name = current_view().net.node(node_id).params.get("definition")
    if not wanted:
        problem_with(key).value = text("A block needs a name.")
    elif wanted in recipe.network.definitions and wanted != name:
        problem_with(key).value = text("Another of your blocks already has this name.")
    elif name in recipe.network.definitions:
        draft.change_network(rename_definition(recipe.network, name, wanted))


def _draw_initialization(view: View, node: Node) -> None:
    """Draw the choice of this node's initialization, if it has weights."""
    if not view.analysis.parameters.get(node.id):
        return
    key = form_key(f"init/{node.id}")
    try:
        chosen = read_init(node.init) if node.init else None
    except BadValue:  # shown at the node
        return
    names = ["", *(name for name in INITIALIZATIONS.names() if name not in NOT_OF_A_NODE)]
    if chosen and chosen.name not in names:
        return
    st.selectbox(_("Initialization"), names, names.index(chosen.name if chosen else ""), key=key,
                 format_func=lambda name: _(INITIALIZATIONS.get(name).title) if name else _("As in the recipe"),
                 on_change=_choose_init, args=(node.id, key), help=hover("initialization"), disabled=not view.editable)
    for spec in INITIALIZATIONS.get(chosen.name).params if chosen else ():
        draw_param(spec, chosen.params[spec.name], f"init/{node.id}/{chosen.name}",
                   partial(_keep_init_param, node.id, chosen, spec.name), not view.editable)


@uninterrupted
def _choose_init(node_id: str, key: str) -> None:
    if not is_current(key):
        return
    _keep_init(node_id, Chosen(typed(key)).spelled)


def _keep_init_param(node_id: str, chosen: Chosen, name: str, value: Any) -> None:
    _keep_init(node_id, choose(INITIALIZATIONS, chosen.name, {**chosen.params, name: value}).spelled)


def _keep_init(node_id: str, init: str) -> None:
    change(lambda net: edit.change_node(net, node_id, init=init))


def _draw_note(view: View, node: Node) -> None:
    key = form_key(f"note/{node.id}")
    st.text_area(_("Note"), node.note, key=key, max_chars=_NOTE_LENGTH, height=68, disabled=not view.editable,
                 placeholder=_("Why is this block here?"), on_change=_keep_note, args=(node.id, key))


@uninterrupted
def _keep_note(node_id: str, key: str) -> None:
    if not is_current(key):
        return
    note = typed(key).strip()
    change(lambda net: edit.change_node(net, node_id, note=note))
