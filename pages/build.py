"""Build: the network on a canvas, with shapes, costs, problems and a preview while it is edited."""

import streamlit as st

from explorer import network
from explorer.document import Network
from explorer.recipe import Recipe
from explorer.ui.app import address, shell
from explorer.ui.app.torch_import import await_torch, torch_is_there
from explorer.ui.language import _
from explorer.ui.session import draft, notices

SHARES = (0.765, 0.235)  # of the page's width, for the canvas and what stands beside it


@st.fragment
def draw_editor() -> None:
    from explorer.ui.build import build, drawer, problems, side_panel, versions
    from explorer.ui.session import view

    preview_asked = build.take_edits()
    if not torch_is_there():
        draw_known()
        return
    shown = view.current_view()
    with st.container():  # always there: see notices.draw_lasting_notice
        notices.draw_lasting_notice()
    with st.container():
        versions.draw_newer()
    with st.container():
        versions.draw_compared()
    opened = draft.current()
    recipe = opened.recipe
    found = problems.find_problems(shown, recipe, opened.origin)
    build.draw_header(recipe.network, network.analyze(recipe.network))
    canvas, side = st.columns(SHARES, gap="small")
    with canvas:
        build.draw_network(shown, recipe, found, preview_asked)
    with side.container(border=True, key="side_panel"):
        side_panel.draw_side_panel(shown, recipe, found, opened.origin)
    drawer.draw_drawer(shown, recipe, found)


def draw_known() -> None:
    """Draw what is known without torch, in the places of the whole page; then the page is drawn again."""
    from explorer.ui.build import build

    net = draft.current().recipe.network
    analysis = network.analyze_known(net)
    with st.container():
        notices.draw_lasting_notice()
    for _place in ("newer", "compared"):
        st.container()
    build.draw_header(net, analysis)
    canvas, side = st.columns(SHARES, gap="small")
    with canvas:
        build.draw_known(net, analysis)
    with side.container(border=True, key="side_panel"):
        await_torch()


shell.begin_page(_("Build"), _("Build a network from blocks; shapes and problems show at once."))
opened = address.opened_draft()
if opened:
    draw_editor()
else:
    shell.draw_start(_("No network is open. Start with one from the zoo, or from scratch."),
                     _("Choose a network"), shell.HOME)
    if st.button(_("Start from scratch")):
        draft.open_recipe(Recipe(Network()))
        st.rerun()
