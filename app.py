"""Layerscope's server: the pages, our own routes, and the gate for requests. Start it with `python3 start.py`."""

from pathlib import Path

import streamlit as st

from explorer.ui.app import server

app = st.App(Path(__file__).parent / "explorer/ui/app/navigation.py",
             routes=server.routes, middleware=server.middleware, lifespan=server.lifespan)
