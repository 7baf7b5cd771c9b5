"""The parts of Build around the outline: the header with totals and state, and the palette."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import groupby

import streamlit as st

from explorer.blocks import BLOCKS
from explorer.document import Network
from explorer.network import Analysis, edit
from explorer.text import bytes_text, count_text
from explorer.ui import draft, state
from explorer.ui.language import _, plain
from explorer.ui.shell import TRAIN, go_to, theme


def draw_header(net: Network, analysis: Analysis) -> None:
    """Name, undo and redo, totals, whether it is sound, and what one can do with it."""
    name, steps, totals, actions = st.columns([0.24, 0.14, 0.36, 0.26], vertical_alignment="bottom")
    key = f"network_name/{st.session_state.get(state.REVISION, 0)}"
    name.text_input(_("Name of the network"), net.name, key=key, on_change=_rename, args=(key,), max_chars=120)
    with steps.container(horizontal=True):
        st.button("↶", key="undo", help=_("Undo"), on_click=draft.undo, disabled=not st.session_state.get(state.UNDO))
        st.button("↷", key="redo", help=_("Redo"), on_click=draft.redo, disabled=not st.session_state.get(state.REDO))
    totals.markdown(_totals(analysis))
    with actions.container(horizontal=True, horizontal_alignment="right"):
        st.download_button(_("Export"), json.dumps(net.to_dict(), indent=1), "network.json", "application/json",
                           help=_("The network as a JSON file, to open again here or to share."))
        if st.button(_("Train"), type="primary", icon=":material/play_arrow:"):
            go_to(TRAIN)


def _totals(analysis: Analysis) -> str:
    parts = [
        _("{count} parameters", count=f"{analysis.total_parameters:,}"),
        _("{count} multiply-adds", count=count_text(analysis.total_multiply_adds)),
        _("{size} activations", size=bytes_text(analysis.total_activation_bytes)),
    ]
    sign = theme().problem if analysis.problems else theme().sound
    color = "red" if analysis.problems else "green"
    return f"{' · '.join(parts)}  \n:{color}[**{sign.icon} {_state(analysis)}**]"


def _state(analysis: Analysis) -> str:
    if not analysis.problems:
        return _("sound")
    places = plain(", ".join(dict.fromkeys(p.address for p in analysis.problems if p.address)), 60)
    count = len(analysis.problems)
    words = _("1 problem") if count == 1 else _("{count} problems", count=count)
    return f"{words}: {places}" if places else words


def _rename(key: str) -> None:
    net = st.session_state[state.DRAFT].recipe.network
    draft.change_network(replace(net, name=st.session_state[key].strip() or _("Untitled")))


def draw_palette() -> None:
    """Every block by family; a click puts it behind the selected one, or at the end."""
    wanted = st.text_input(_("Add a block"), key="palette_search", placeholder=_("search, e.g. conv"),
                           help=_("It is put behind the selected block, or at the end of the network.")).strip().lower()
    blocks = [b for b in BLOCKS if wanted in f"{b.name} {b.title} {b.summary} {b.family}".lower()]
    if not blocks:
        st.caption(_("No block is called so."))
    for family, members in groupby(sorted(blocks, key=lambda b: _family_place(b.family)), key=lambda b: b.family):
        with st.expander(_(family.capitalize()), expanded=bool(wanted) or family in ("linear", "convolution")):
            for block in members:
                st.button(_(block.title), key=f"add/{block.name}", help=_(block.summary), type="tertiary",
                          icon=":material/add:", on_click=_add, args=(block.name,))


def _family_place(family: str) -> int:
    return list(dict.fromkeys(block.family for block in BLOCKS)).index(family)


def _add(block: str) -> None:
    net = st.session_state[state.DRAFT].recipe.network
    behind = st.session_state.get(state.SELECTED)
    if behind not in net.by_id:
        behind = net.outputs[-1] if net.outputs and net.outputs[-1] in net.by_id else None
    net, new = edit.insert_after(net, None if block == "input" else behind, block)
    st.session_state[state.SELECTED] = new
    draft.change_network(net)
    draft.redraw_forms()
