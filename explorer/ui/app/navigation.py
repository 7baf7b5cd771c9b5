"""Table of pages: the script that every session runs, in the server that `app.py` sets up."""

from pathlib import Path

import streamlit as st

from explorer.ui.app import background
from explorer.ui.app.shell import BUILD, HOME, INSPECT, SLOW_MOTION, TRAIN, no_stack_trace
from explorer.ui.language import _

ICON = Path(__file__).parents[1] / "icon.png"  # a file of ours: a named icon would be fetched from the web

st.set_page_config(page_title="Layerscope", page_icon=str(ICON), layout="wide")
page = st.navigation(
    [
        st.Page(HOME, title=_("Home"), icon=":material/home:", default=True),
        st.Page(BUILD, title=_("Build"), icon=":material/account_tree:"),
        st.Page(TRAIN, title=_("Train"), icon=":material/play_circle:"),
        st.Page(INSPECT, title=_("Inspect"), icon=":material/search:"),
        st.Page(SLOW_MOTION, title=_("Slow motion"), icon=":material/slow_motion_video:", visibility="hidden"),
    ],
    position="top",
)
background.warm_up()
with no_stack_trace():
    page.run()
background.finish_page()
