"""Background work of the server: it moves the queue of runs, keeps a worker warm, and imports torch early."""

from __future__ import annotations

import logging
import threading
import time

import streamlit as st

from explorer.training import Launcher, RunStore
from explorer.training.work.queue import Queue, QueueState
from explorer.ui.app.torch_import import await_wish, start_torch

_AFTER_S, _AWAITED_WITHIN_S = 1.0, 20.0  # the first page comes first; one that needs torch asks for it when it is drawn
_REST_S = 8.0  # a page that waited for torch comes before what later ones need
LINE_AGE_S = 0.3  # thirty pages share one look at the line

log = logging.getLogger(__name__)


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


def warm_up(needs_torch: bool = True) -> None:
    """Prepare once per server, after the first page: the queue, a spare worker, torch, the shape pass.

    needs_torch: the page that begins does, so torch comes before the worker.
    """
    _warm_up(needs_torch)


@st.cache_resource
def _warm_up(_needs_torch: bool) -> None:
    worker = launcher()

    def warm() -> None:
        is_awaited = await_wish(_AWAITED_WITHIN_S if _needs_torch else _AFTER_S)
        try:
            worker.attend(RunStore())
            if is_awaited:
                start_torch().join()
                time.sleep(_REST_S)
            worker.prepare()
            start_torch().join()
            from explorer.network.measure import warm_up as start_meta_device

            start_meta_device()
        except Exception:
            log.exception("warming up failed; pages will do the same when they need it")

    threading.Thread(target=warm, daemon=True, name="warm-up").start()
