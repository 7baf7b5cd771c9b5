"""A page whose script waits, once its button was clicked, until the file `$RELEASED` exists."""

import os
import time
from pathlib import Path

import streamlit as st

from explorer.ui.app import shell

st.set_page_config(layout="wide")
shell.begin_page("Waiting", "for a file")
clicked = st.button("Wait", key="wait")
while clicked and not Path(os.environ["RELEASED"]).exists():
    time.sleep(0.02)
st.text("below")
with st.expander("More", expanded=True):
    st.text("inside")
for tab in st.tabs(["One", "Two"]):
    tab.text("in a tab")
