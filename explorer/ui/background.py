"""What the server does beside the pages: a worker kept warm, and torch imported before anybody waits for it."""

from __future__ import annotations

import logging
import threading
import time

import streamlit as st

from explorer.training import Launcher

_AFTER_S = 1.0  # the first page comes first

log = logging.getLogger(__name__)


@st.cache_resource
def launcher() -> Launcher:
    """The server's one launcher."""
    return Launcher()


@st.cache_resource
def warm_up() -> None:
    """Once a server, shortly after the first page: a spare worker, then torch and the shape pass."""
    worker = launcher()

    def warm() -> None:
        time.sleep(_AFTER_S)
        try:
            worker.prepare()
            from explorer.network.measure import warm_up as start_meta_device

            start_meta_device()
        except Exception:
            log.exception("warming up failed; pages will do the same when they need it")

    threading.Thread(target=warm, daemon=True, name="warm-up").start()
