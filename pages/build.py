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
    """Draw all of the editor; what needs torch once it is there, in the places kept for it."""
    from explorer.ui.build import build, drawer, problems, side_panel, versions
    from explorer.ui.session import view

    preview_asked, is_whole = build.take_edits(), torch_is_there()
    opened = draft.current()
    recipe, net = opened.recipe, opened.recipe.network
    analysis = network.analyze(net) if is_whole else network.analyze_known(net)
    shown = view.current_view() if analysis else view.View((), net, network.Analysis())
    found = problems.find_problems(shown, recipe, opened.origin) if is_whole else {}
    with st.container():  # always there: see notices.draw_lasting_notice
        notices.draw_lasting_notice()
    for draw in (versions.draw_newer, versions.draw_compared):
        with st.container():
            if is_whole:
                draw()
    build.draw_header(net, analysis)
    canvas, side = st.columns(SHARES, gap="small")
    with canvas:
        build.draw_network(shown, recipe, analysis, found,
                           build.preview_of(recipe, analysis, preview_asked) if is_whole else None)
    with side.container(border=True, key="side_panel"):
        if not is_whole:
            await_torch()
        side_panel.draw_side_panel(shown, recipe, found, opened.origin)
    drawer.draw_drawer(shown, recipe, found)


shell.begin_page(_("Build"), _("Build from blocks; shapes and problems show at once."))
opened = address.opened_draft()
if opened:
    draw_editor()
else:
    shell.draw_start(_("No network is open. Start with one from the zoo, or from scratch."),
                     _("Choose a network"), shell.HOME)
    if st.button(_("Start from scratch")):
        draft.open_recipe(Recipe(Network()))
        st.rerun()
