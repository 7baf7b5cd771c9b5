"""Build: the network as an outline that says its shapes, costs and faults while it is edited."""

import streamlit as st

from explorer.document import Network
from explorer.recipe import Recipe
from explorer.ui import address, background, build, draft, shell
from explorer.ui.language import _
from explorer.ui.outline import draw_outline
from explorer.ui.side_panel import draw_side_panel


@st.fragment
def draw_editor() -> None:
    with st.spinner(_("Loading PyTorch …"), show_time=True):
        from explorer import network
    net = draft.current().recipe.network
    analysis = network.analyze(net)
    build.draw_header(net, analysis)
    palette, outline, side = st.columns([0.17, 0.55, 0.28], gap="medium")
    with palette.container(key="palette"):
        build.draw_palette()
    with outline.container(key="outline"):
        draw_outline(net, analysis)
    with side.container(border=True):
        draw_side_panel(net, analysis)


shell.begin_page(_("Build"), _("Put a network together from blocks; shapes and faults show at once."))
background.warm_up()
opened = address.opened_draft()
if opened:
    draw_editor()
else:
    shell.draw_start(_("No network is open. Start from one of the ready-made ones, or from nothing."),
                     _("Choose a network"), shell.HOME)
    if st.button(_("Start from nothing")):
        draft.open_recipe(Recipe(Network()))
        st.rerun()
