"""Every part of the live component for the run in the address."""

import streamlit as st

from explorer.ui.session import state
from explorer.ui.widgets.components.live import draw_live
from tests.e2e.harness.live_views import boundary

run, options = st.query_params.get("run"), {}
state.PROJECTOR.value = "projector" in st.query_params
if "overlay" in st.query_params:
    options = {"overlay": boundary(900), "overlay_name": "an earlier run"}
st.set_page_config(layout="wide")
draw_live("state", run, "state", 60, on_state_change=lambda: st.session_state.update(changed=True), known="training")
draw_live("curves", run, "curves", 300, names=("loss", "accuracy"))
left, right = st.columns(2)
with left:
    draw_live("strip", run, "strip", 260)
    draw_live("rate", run, "rate", 180)
with right:
    draw_live("view", run, "view", 440, **options)
draw_live("curves", run, "rest", 260, rest=True, besides=("loss", "accuracy"))
st.button("Rerun")
st.text(f"changed: {st.session_state.get('changed', False)}")
