"""Messages to a person: once at the top of the next page, or at once in their place."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from explorer.document import DocumentError
from explorer.text import Text, text
from explorer.ui.language import _
from explorer.ui.session import state

log = logging.getLogger(__name__)

_LOGGED: deque[tuple[str, str]] = deque(maxlen=100)
_TOLD_FOR_S = 8.0
DISK_REFUSED = text("The disk refused")


def tell(sentence: Text | str) -> None:
    """Show a message at the top of the page when it is drawn next."""
    state.NOTICE.value = sentence


def tell_done(sentence: Text | str) -> None:
    """Show a success at the top of the page, unless a failure is due there."""
    state.DONE.value = sentence


def failed(what: Text, error: OSError) -> None:
    """Show what could not be done, and why, at the top of the page."""
    tell(reason(what, error))


def reason(what: Text, error: OSError) -> Text:
    """Join what could not be done and the system's reason: `The run could not be started: No space left.`"""
    return text("{what}: {why}.", what=what, why=error.strerror or str(error))


def attempt(act: Callable[[], object]) -> bool:
    """Call `act` and return whether it succeeded; a failure is shown at the top of the page."""
    try:
        act()
    except DocumentError as error:
        tell(error.sentence)
        return False
    except OSError as error:
        failed(DISK_REFUSED, error)
        return False
    return True


@contextmanager
def guarded(what: Text, known: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Show one sentence in place of what an error leaves out; the rest of the page stays, the log has the trace.

    what: the subject of that sentence, such as `The report`. An error with a sentence of its own shows that one.
    known: errors that the caller handles.
    """
    try:
        yield
    except known:
        raise
    except Exception as error:
        if (str(what), repr(error)) not in _LOGGED:  # a page that refreshes meets the same error many times a minute
            log.exception("%s could not be shown", what, exc_info=error)
            _LOGGED.append((str(what), repr(error)))
        sentence = getattr(error, "sentence", None)
        draw_problem(sentence or text("{what} could not be shown. The server's log has the reason.", what=what))


def draw_notice() -> None:
    """Show the pending message once, if there is one."""
    if notice := _take_notice():
        _draw_sentence(*notice)


def draw_lasting_notice() -> None:
    """Show the message in a fragment, which is redrawn with every click: it stays for some seconds, to be read.

    Draw it, and whatever else comes and goes in a fragment, into a container of its own that is always there. Streamlit
    joins what two runs in quick succession say of one place, and fails where the one says an element, the other a
    container with something in it.
    """
    if notice := _take_notice():
        state.TOLD.value = *notice, time.monotonic() + _TOLD_FOR_S
    sentence, went_well, until = state.TOLD.value
    if time.monotonic() < until:
        _draw_sentence(sentence, went_well)


def draw_problem(sentence: Text | str) -> None:
    """Show a problem as one clear sentence."""
    st.error(_(sentence), icon=":material/error:")


def _take_notice() -> tuple[Text | str, bool] | None:
    """Take the pending message and whether it is a success; once. A failure comes before a success."""
    done, notice = state.DONE.take(), state.NOTICE.take()
    return (notice, False) if notice else (done, True) if done else None


def _draw_sentence(sentence: Text | str, went_well: bool) -> None:
    if went_well:
        st.success(_(sentence), icon=":material/check_circle:")
    else:
        st.warning(_(sentence), icon=":material/info:")
