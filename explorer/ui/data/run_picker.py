"""Choice of a recent run, described in words."""

from __future__ import annotations

from datetime import datetime

from explorer.document import DocumentError
from explorer.training import Run, RunDeleted, RunStore
from explorer.ui.data.own_data import name_of
from explorer.ui.language import _


def recent_runs(owner: str, most: int = 12) -> dict[str, str]:
    """List the latest runs, nobody's among them, as {run id: network, data, time}; damaged ones are left out."""
    described = {run.id: describe_run(run) for run in RunStore().list(owner)[:most]}
    return {run_id: words for run_id, words in described.items() if words}


def describe_run(run: Run, with_state: bool = False) -> str:
    """Put a run into one line; empty where it is damaged or gone."""
    try:
        status, recipe = run.status(), run.recipe
    except (DocumentError, RunDeleted):
        return ""
    when = datetime.fromtimestamp(status.created_s).strftime("%d %b %H:%M")
    parts = [recipe.network.name[:30], name_of(recipe.data), when, *([_(status.state)] if with_state else [])]
    return " · ".join(parts)
