"""Every part of the live component for the run in the address."""

import streamlit as st

from explorer.ui.widgets.components.live import draw_live

run = st.query_params.get("run")
st.set_page_config(layout="wide")
draw_live("state", run, "state", 60, on_state_change=lambda: st.session_state.update(changed=True), known="training")
draw_live("curves", run, "curves", 300, names=("loss", "accuracy"))
left, right = st.columns(2)
with left:
    draw_live("strip", run, "strip", 260)
    draw_live("rate", run, "rate", 180)
with right:
    draw_live("view", run, "view", 440)
draw_live("curves", run, "rest", 260, rest=True, besides=("loss", "accuracy"))
st.button("Rerun")
st.text(f"changed: {st.session_state.get('changed', False)}")
