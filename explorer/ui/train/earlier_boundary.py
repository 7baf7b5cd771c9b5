"""An earlier run's decision boundary, to be laid over that of the run that is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from explorer.blocks.plane_features import FEATURES
from explorer.document import DocumentError
from explorer.files.atomic import Stamp, stamp_of
from explorer.formatting import format_percent
from explorer.network.input_features import features_of
from explorer.recipe import Recipe
from explorer.results import Field2D
from explorer.training import Run, RunDeleted, RunStore, Status, UnknownRun
from explorer.training.analysis.live_view import FILE_NAME, read_live_view
from explorer.ui.data.run_picker import describe_run
from explorer.ui.language import _
from explorer.ui.train.plane_data import noise_of

_MOST_RUNS, _LOOKED_AT = 12, 60
_REMEMBERED = 512  # runs, for all persons on this server
_MOST_POINTS = 60  # a side


def earlier_runs(recipe: Recipe, owner: str, besides: str = "") -> dict[str, str]:
    """List the latest runs of a person on the data of this recipe as {run id: when, and what differs}.

    besides: the id of the run that is shown. Runs that have no boundary yet, or cannot be read, are left out.
    """
    found: dict[str, str] = {}
    for run in RunStore().list(owner)[:_LOOKED_AT]:
        if run.id != besides and len(found) < _MOST_RUNS and (words := _describe(run, recipe)):
            found[run.id] = words
    return found


def _describe(run: Run, recipe: Recipe) -> str:
    """Put a run on the data of this recipe into one line; empty for any other."""
    found = _read(run, *(stamp_of(run.folder / name) for name in ("recipe.json", "status.json")))
    if found is None:
        return ""
    theirs, status = found
    data, own = theirs.data, recipe.data
    if (data.name, data.params.get("id")) != (own.name, own.params.get("id")) or not (run.folder / FILE_NAME).is_file():
        return ""
    accuracy = status.summary.get("val_accuracy")
    return " · ".join([datetime.fromtimestamp(status.created_s).strftime("%d %b %H:%M"), *_differences(theirs, recipe),
                       *([format_percent(accuracy)] if accuracy is not None else [])])


@lru_cache(maxsize=_REMEMBERED)
def _read(run: Run, _recipe: Stamp | None, _status: Stamp | None) -> tuple[Recipe, Status] | None:
    """Read a run's recipe and status, again only once a file has another stamp: the page is drawn at every click."""
    try:
        return run.recipe, run.stored_status()
    except (DocumentError, RunDeleted):
        return None


def _differences(theirs: Recipe, own: Recipe) -> list[str]:
    """Name what the controls beside the picture set, where it is not as in the recipe that is being edited."""
    features, noise = features_of(theirs.network), noise_of(theirs)
    return [words for words, differs in (
        (theirs.network.name[:30], theirs.network.name != own.network.name),
        (" ".join(_(FEATURES[name]) for name in features), features != features_of(own.network)),
        (_("noise {noise}", noise=noise), noise != noise_of(own)),
        (_("seed {seed}", seed=theirs.seed), theirs.seed != own.seed)) if differs]


def earlier_boundary(run_id: str) -> tuple[Field2D, str] | None:
    """Read a run's last boundary, at most 60 points a side, and the run in words; None where it has none."""
    try:
        run = RunStore().open(run_id)
    except UnknownRun:
        return None
    field = read_live_view(run.folder)
    if not isinstance(field, Field2D):
        return None
    rows, columns = (slice(None, None, -(-len(axis) // _MOST_POINTS)) for axis in (field.y, field.x))
    return replace(field, x=field.x[columns], y=field.y[rows], values=field.values[rows, columns]), describe_run(run)
