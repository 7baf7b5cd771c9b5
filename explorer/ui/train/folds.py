"""Train's section on a cross-validation: every fold's run, and their mean and spread."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer import charts
from explorer.training import Run, RunStore, Status
from explorer.training.work.folds import Spread, folds_of, spreads, statuses_of
from explorer.ui.glossary import hover
from explorer.ui.language import _
from explorer.ui.session.fields import typed
from explorer.ui.session.run import show_run, shown_run_id
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.widgets.figure import draw_figure

_REFRESH_S = 1.0
_PLOT_PX = 230
_PICK = "shown_fold"


def draw_folds(run: Run) -> None:
    """Draw nothing where the run belongs to no cross-validation; refresh while one of its runs trains."""
    runs = folds_of(RunStore(), run)
    if runs:
        live = any(status.is_live for _run, status in statuses_of(runs))
        st.fragment(_draw_section, run_every=_REFRESH_S if live else None)(run, runs, live)


def _draw_section(run: Run, runs: list[Run], was_live: bool) -> None:
    found = statuses_of(runs)
    if was_live and not any(status.is_live for _run, status in found):
        st.rerun()  # there is nothing to wait for any more
    st.markdown(f"#### {_('Cross-validation')}", help=hover("cross_validation"))
    of_folds = spreads(status for _run, status in found)
    table, plot = st.columns([0.56, 0.44], gap="medium")
    with table:
        st.markdown(_table(run, found, of_folds))
        if any(spread.deviation is not None for spread in of_folds.values()):
            st.caption(_("± is the standard deviation over the folds (ddof = 1)."))
        _draw_choice(run, found)
    with plot:
        _draw_plot(found)


def _table(shown: Run, found: list[tuple[Run, Status]], of_folds: dict[str, Spread]) -> str:
    """Format a line per fold in Markdown, the one that is shown in bold, and the mean below."""
    head = [_("Fold"), _("State"), _("Validation accuracy"), _("Validation loss")]
    lines = [" | ".join(head), "--- | --- | ---: | ---:"]
    for run, status in found:
        cells = [str(run.recipe.fold), _(status.state), *(_number(status.summary.get(name))
                                                         for name in ("val_accuracy", "val_loss"))]
        lines.append(" | ".join(f"**{cell}**" if run.id == shown.id else cell for cell in cells))
    done = max((spread.count for spread in of_folds.values()), default=0)
    lines.append(" | ".join([_("Mean"), _("{done} of {count} finished", done=done, count=shown.recipe.folds),
                             *(_spread(of_folds.get(name)) for name in ("val_accuracy", "val_loss"))]))
    return "\n".join(f"| {line} |" for line in lines)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _spread(spread: Spread | None) -> str:
    if spread is None:
        return "–"
    deviation = "" if spread.deviation is None else f" ± {spread.deviation:.4f}"
    return f"{spread.mean:.4f}{deviation}"


def _draw_choice(run: Run, found: list[tuple[Run, Status]]) -> None:
    """Draw the choice of the fold to show."""
    by_fold = {each.recipe.fold: each for each, _status in found}
    key = f"{_PICK}/{run.id}"
    st.pills(_("Show fold"), list(by_fold), default=run.recipe.fold if run.recipe.fold in by_fold else None, key=key,
             required=True, on_change=_show, args=(key, by_fold))
    if shown_run_id() != run.id:
        st.rerun()  # the whole page shows another run


@uninterrupted
def _show(key: str, by_fold: dict[int, Run]) -> None:
    show_run(by_fold[typed(key)])


def _draw_plot(found: list[tuple[Run, Status]]) -> None:
    """Draw one bar per fold: its accuracy, else its loss; nothing before the first fold has either."""
    result = charts.folds({run.recipe.fold: status.summary for run, status in found})
    if np.isfinite(result.values).any():
        draw_figure(result, "folds", height=_PLOT_PX, tools=False)
