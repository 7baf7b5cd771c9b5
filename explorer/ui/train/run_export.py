"""Train's Export: a run's numbers and its recipe as downloads, made only once somebody asks for them."""

from __future__ import annotations

from functools import partial

import streamlit as st

from explorer.training import Run
from explorer.training.records.export import FORMATS, RECIPE, pack_run, usual_name
from explorer.training.records.metrics import DamagedMetrics, last_step
from explorer.ui.language import _

_MIME = {RECIPE: "application/json"}


def draw_export(run: Run | None, live: bool) -> None:
    """Draw a popover with a download per format, none of them made before it is clicked; disabled without a run.

    Draw it outside of what refreshes by itself: Streamlit forgets a download when its button is drawn again, and a
    click that was on its way comes to nothing.
    """
    export = st.popover(_("Export"), key="export", disabled=run is None,
                        help=_("Download the run's numbers or its recipe for other programs."))
    if run:
        with export:
            _draw_downloads(run, live or _has_steps(run))


def _draw_downloads(run: Run, has_steps: bool) -> None:
    st.markdown(_("Every step and every epoch up to now, complete."))
    for kind in (kind for kind in FORMATS if kind != RECIPE or not run.recording):
        label, note = _wording(kind)
        name = usual_name(run, kind) + ("" if kind == RECIPE else ".zip")
        st.download_button(label, partial(pack_run, run, kind), name, _MIME.get(kind, "application/zip"),
                           key=f"export/{kind}", help=note, on_click="ignore", icon=":material/download:",
                           disabled=kind != RECIPE and not has_steps, width="stretch")


def _has_steps(run: Run) -> bool:
    try:
        return last_step(run.metrics_path) > 0
    except DamagedMetrics:
        return False  # the page shows why


def _wording(kind: str) -> tuple[str, str]:
    """Name a format and describe its content."""
    return {
        "csv": (_("CSV"), _("A zip of tables as text, for a spreadsheet or pandas: steps.csv, epochs.csv, and with "
                           "full recording samples.csv.")),
        "parquet": (_("Parquet"), _("A zip of the same tables as Parquet: smaller, and faster to read.")),
        "tensorboard": (_("TensorBoard"), _("A zip of an event file; unpack it and point `tensorboard --logdir` at "
                                            "the folder. On a long run this takes a while.")),
        RECIPE: (_("Recipe (JSON)"), _("The whole experiment as one file, which can be opened and trained here "
                                       "again.")),
    }[kind]
