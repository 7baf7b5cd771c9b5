"""Choice of a recent run, described in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from itertools import islice

from explorer.document import DocumentError
from explorer.training import Run, RunDeleted, RunStore
from explorer.training.runs.recording import is_recording
from explorer.ui.data.own_data import name_of
from explorer.ui.language import _

_ID = 6  # characters of an id that are shown


def recent_runs(owner: str, most: int = 12) -> dict[str, str]:
    """List the latest runs of a recipe, nobody's among them, as {run id: network, data, time}, but for damaged ones."""
    runs = islice((run for run in RunStore().list(owner) if not is_recording(run.folder)), most)
    return told_apart({run.id: words for run in runs if (words := describe_run(run))})


def told_apart(described: Mapping[str, str]) -> dict[str, str]:
    """Add the beginning of their ids to runs that are described alike: a field knows its options by their words.

    >>> told_apart({"3f2a91c0": "LeNet · MNIST", "77d0e4b2": "LeNet · MNIST", "0c51": "MLP · digits"})
    {'3f2a91c0': 'LeNet · MNIST · 3f2a91', '77d0e4b2': 'LeNet · MNIST · 77d0e4', '0c51': 'MLP · digits'}
    """
    count = Counter(described.values())
    return {run: f"{words} · {run[:_ID]}" if count[words] > 1 else words for run, words in described.items()}


def describe_run(run: Run, with_state: bool = False) -> str:
    """Put a run into one line; empty where it is damaged or gone."""
    try:
        status, what = run.status(), _what_of(run)
    except (DocumentError, RunDeleted):
        return ""
    when = datetime.fromtimestamp(status.created_s).strftime("%d %b %H:%M")
    return " · ".join([*what, when, *([_(status.state)] if with_state else [])])


def _what_of(run: Run) -> list[str]:
    """Name the network and the data of a run, or the loop that is somebody's own. Raises DocumentError."""
    if recording := run.recording:
        return [recording.name[:30], _("loop of your own")]
    return [run.recipe.network.name[:30], name_of(run.recipe.data)]
