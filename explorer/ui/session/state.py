"""Slots of a browser session's memory; declared here and nowhere else.

This module imports nothing of ui, so that everything in ui may import it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import streamlit as st

if TYPE_CHECKING:
    from explorer.doctor import Finding, Verdict
    from explorer.document import Network
    from explorer.files.atomic import Stamp
    from explorer.results import Report
    from explorer.text import Text
    from explorer.training.analysis.slow_motion import SlowMotion, SlowStep
    from explorer.ui.canvas.network_picture import Drawn
    from explorer.ui.canvas.preview import PreviewMemory
    from explorer.ui.session.bounded_memory import BoundedMemory
    from explorer.ui.session.memo import Memo
    from explorer.ui.session.request import Request
    from explorer.workspace.draft_store import Draft

T = TypeVar("T")


class Slot(Generic[T]):
    """A typed place in the session.

    Until something is put there it holds its default, or what `make` makes when it is first read.
    """

    def __init__(self, key: str, default: T = None, make: Callable[[], T] | None = None) -> None:
        self.key, self._default, self._make = key, default, make

    @property
    def value(self) -> T:
        if self._make is not None and self.key not in st.session_state:
            st.session_state[self.key] = self._make()
        return st.session_state.get(self.key, self._default)

    @value.setter
    def value(self, value: T) -> None:
        st.session_state[self.key] = value

    def clear(self) -> None:
        """Reset the slot to its default."""
        st.session_state.pop(self.key, None)

    def take(self) -> T:
        """Read the value and clear the slot."""
        value = self.value
        self.clear()
        return value


NET_PARAMETER, RUN_PARAMETER = "net", "run"  # in the page's address

# The person
OWNER: Slot[str] = Slot("owner", "")  # the browser's key
LANGUAGE: Slot[str] = Slot("language", "en")
PROJECTOR: Slot[bool] = Slot("projector", False)  # the switch: whether everything is drawn a quarter larger

# The page
LACKS_TORCH: Slot[bool] = Slot("lacks_torch", False)  # a part of it was drawn without PyTorch

# The draft
DRAFT: Slot[Draft | None] = Slot("draft")  # the experiment being edited
UNDO: Slot[tuple[Network, ...]] = Slot("undo_networks", ())
REDO: Slot[tuple[Network, ...]] = Slot("redo_networks", ())
SEEN: Slot[tuple[int, Stamp | None]] = Slot("seen_on_disk", (0, None))  # revision, stamp: as last read or written here
WRITER: Slot[str] = Slot("writer", make=lambda: secrets.token_hex(16))  # a name under which this session writes drafts
REVISION: Slot[int] = Slot("form_revision", 0)  # counts changes that did not come from a form: forms are drawn anew
COMPARED: Slot[int | None] = Slot("compared")  # number of the version that the canvas compares with
OPENED_FILE: Slot[str] = Slot("opened_file", "")  # id of the upload that was opened already
OPENED_LINK: Slot[tuple[str, str] | None] = Slot("opened_link")  # the recipe of the last link, its draft's id

# Build
SELECTED: Slot[tuple[str, ...]] = Slot("selected_nodes", ())  # ids, of the part of the network that is shown
PATH: Slot[tuple[str, ...]] = Slot("path_inside", ())  # ids of the blocks walked into, from the whole network on
DRAWN: Slot[Drawn | None] = Slot("drawn_graph")  # the graph that the canvas has
INSIDES: Slot[bool] = Slot("insides", False)  # the switch: whether the table of layers lists what blocks are made of
SHOW_PREVIEW: Slot[bool] = Slot("show_preview", True)  # the canvas's switch
PREVIEW_SAMPLE: Slot[int] = Slot("preview_sample", 0)  # which test sample runs through the network
PREVIEW_WEIGHTS: Slot[str] = Slot("preview_weights", "")  # id of the run whose weights it meets; none: drawn freshly
PREVIEW: Slot[Memo[str, PreviewMemory] | None] = Slot("preview_memory")  # values and pictures, kept between edits

# Runs
RUN: Slot[str | None] = Slot("run")  # id of the run that Train, Inspect and Slow motion show
STARTED_S: Slot[float] = Slot("started_s", float("-inf"))  # when this session last started a run (time.monotonic)
MOVED_S: Slot[float] = Slot("moved_s", float("-inf"))  # when a slider was moved that is to start another run
INITIAL_WEIGHTS: Slot[str] = Slot("initial_weights", "")  # where the weights of the next run come from
REPORT: Slot[Memo[tuple[str, str], Report | Text] | None] = Slot("report")  # by (run's id, part): what was asked for
DIAGNOSIS: Slot[Memo[str, tuple[int, list[Finding]]] | None] = Slot("diagnosis")  # by the run's id: (last step, found)
VERDICTS: Slot[dict[tuple[str, str, int], Verdict]] = Slot("verdicts", make=dict)  # by (parent, twin, its last step)
OWN_FILE: Slot[Memo[tuple[Any, ...], Any] | None] = Slot("own_file_read")  # what was read of the dialog's upload

# Inspect
LOOK: Slot[Mapping[str, Any] | None] = Slot("look")  # what is looked at, as the browser sent it last
LOOK_REVISION: Slot[int] = Slot("look_revision", 0)  # counts changes of it that did not come from the browser
ADDRESS: Slot[Mapping[str, str] | None] = Slot("address")  # what of the look the page's address named, as last written
KEPT_EDITS: Slot[tuple[str, str] | Text | None] = Slot("kept_edits")  # (parent, fork with changes by hand), or why not
RESULTS: Slot[BoundedMemory | None] = Slot("probe_results")  # of probes, by all that they depend on
REQUESTS: Slot[dict[Any, Request]] = Slot("probe_requests", make=dict)  # probes at work beside the page, by their key

# Slow motion
SLOW: Slot[Memo[tuple[Any, ...], tuple[SlowMotion, SlowStep]] | None] = Slot("slow_step")  # by what it is of
MOMENT: Slot[int] = Slot("slow_moment", 0)  # which moment of the step is looked at, counted from 0
PLAYING: Slot[tuple[bool, float]] = Slot("slow_playing", (False, 0.0))  # whether it goes on by itself, last when

# Notices
NOTICE: Slot[Text | str | None] = Slot("notice")  # a sentence for the top of the page
DONE: Slot[Text | str | None] = Slot("done")  # another, on something that went well
TOLD: Slot[tuple[Text | str, bool, float]] = Slot("told", ("", True, 0.0))  # the last one, if it went well, until when


def problem_with(field: str) -> Slot[Text | str | None]:
    """Return the slot for the problem with what was typed into the field of this key."""
    return Slot(f"{field}/error")


def pending(key: str, default: T) -> Slot[T]:
    """Return the slot for what was typed and waits for a button; it outlives the field."""
    return Slot(key, default)


def brought_by(component: str) -> Slot[str]:
    """Return the slot for the browser's key as the component of this key knows it."""
    return Slot(f"{component}_kept", "")


def handled_on(component: str) -> Slot[dict[str, int]]:
    """Return the slot for the component of this key: {its instance in the browser: number of the last handled message}.
    """
    return Slot(f"{component}-handled", make=dict)
