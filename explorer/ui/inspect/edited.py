"""Weights changed by hand, kept as a run of their own: a fork that trains on from there."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

import streamlit as st

from explorer.inspection.asked import Asked
from explorer.inspection.kept_edits import keep_edits
from explorer.inspection.models import NoWeights, frame_of
from explorer.inspection.outcome import DAMAGED
from explorer.spec import BadValue
from explorer.text import Text, text
from explorer.training import Run, RunDeleted, RunStore, UnknownRun
from explorer.training.records.checkpoints import DamagedFrame
from explorer.training.runs.missing import DELETED
from explorer.training.runs.origin import origin_of
from explorer.training.work.fork import CannotFork
from explorer.ui.app import background
from explorer.ui.app.shell import TRAIN, go_to
from explorer.ui.language import _, plain
from explorer.ui.session import state
from explorer.ui.session.notices import reason
from explorer.ui.session.person import owner
from explorer.ui.session.run import is_double_click, show_run
from explorer.ui.widgets.components.inspector import draw_part


def draw_edited(run: Run) -> None:
    """Draw what was changed by hand, where there is something, and the run that was made of it last."""
    with st.container(key="edited", gap=None):
        draw_part("edited", f"edited/{run.id}", on_picked=_keep)
        kept = state.KEPT_EDITS.value
        if isinstance(kept, Text):
            st.warning(_(kept), icon=":material/info:")
            state.KEPT_EDITS.clear()
        elif kept and kept[0] == run.id:
            _draw_kept(kept[1])


def _draw_kept(run_id: str) -> None:
    try:
        run = RunStore().open(run_id)
    except UnknownRun:
        state.KEPT_EDITS.clear()
        return
    origin = origin_of(run)
    said, act = st.columns([0.8, 0.2], vertical_alignment="center")
    changes = plain(" · ".join(_(change) for change in origin.changes), 160) if origin else ""
    said.success(_("A new run trains on from these weights: {changes}.", changes=changes),
                 icon=":material/call_split:")
    if act.button(_("Open on Train"), key="open_kept", type="primary", width="stretch"):
        state.KEPT_EDITS.clear()
        show_run(run)
        go_to(TRAIN)


def _keep(given: Mapping[str, Any]) -> None:
    """Make the run that the browser asks for, and hand it to a worker; or show why not."""
    if not is_double_click():
        state.KEPT_EDITS.value = _kept(given)


def _kept(given: Mapping[str, Any]) -> tuple[str, str] | Text:
    try:
        asked = Asked.of({"step": given.get("step"), "edits": given.get("edits") or ()})
        parent = RunStore().open(str(given.get("run")))
        run = keep_edits(RunStore(), parent, frame_of(parent, asked.step).step, asked.edits, owner())
        background.launcher().start(run)
    except BadValue as error:
        return error.sentence
    except (UnknownRun, RunDeleted):
        return DELETED
    except (DamagedFrame, CannotFork, NoWeights):
        return DAMAGED
    except OSError as error:
        return reason(text("The run could not be started"), error)
    except sqlite3.Error:
        return text("This run's metrics file is damaged, so no run can continue from it.")
    return parent.id, run.id
