"""Background work of the server: it moves the queue of runs, keeps a worker warm, and imports torch early."""

from __future__ import annotations

import logging
import threading
import time

import streamlit as st

from explorer.training import Launcher, RunStore
from explorer.training.work.queue import Queue, QueueState
from explorer.ui.app import torch_import

_BROWSER_S = 1.0  # a browser takes a core to set up what a page has drawn
LINE_AGE_S = 0.3  # thirty pages share one look at the line

log = logging.getLogger(__name__)
_page_drawn = threading.Event()


@st.cache_resource
def launcher() -> Launcher:
    """Return the server's only launcher."""
    return Launcher()


@st.cache_resource(max_entries=8)
def queue(runs_folder: str) -> Queue:
    """Return the server's only reader of the queue in a folder of runs."""
    return Queue(RunStore(runs_folder))


def line() -> QueueState:
    """List the runs that train on this server and those that wait, as of a moment ago."""
    return queue(str(RunStore().folder)).read(LINE_AGE_S)


@st.cache_resource(show_spinner=False)
def warm_up() -> None:
    """Prepare once per server, beside its first page: the queue, a spare worker, torch, the shape pass."""
    threading.Thread(target=_warm_up, args=(launcher(), RunStore()), daemon=True, name="warm-up").start()


def finish_page() -> None:
    """Note that a page has been drawn to its end, so that what later pages need may begin."""
    torch_import.frame_drawn.set()
    _page_drawn.set()


def _warm_up(worker: Launcher, runs: RunStore) -> None:
    """Resume waiting runs at once, and prepare the rest behind the first page."""
    try:
        worker.attend(runs)
        torch_import.frame_drawn.wait()
        time.sleep(_BROWSER_S)
        worker.prepare()
        _page_drawn.wait()
        torch_import.start_torch().join()
        from explorer.network.measure import warm_up as start_meta_device

        start_meta_device()
    except Exception:
        log.exception("warming up failed; pages will do the same when they need it")
