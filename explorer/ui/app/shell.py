"""What every page has: its heading, the session's look, notices, and a sentence in place of a stack trace."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from explorer.document import DocumentError
from explorer.text import Text, text
from explorer.ui.language import _
from explorer.ui.session import state
from explorer.ui.widgets.components.browser_key import read_browser_key

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from explorer.figures import Theme

log = logging.getLogger(__name__)

_TOLD_FOR_S = 8.0
_PAGES = "../../../pages/"  # from navigation.py; absolute paths would not do, Streamlit refuses a Windows share's
HOME, BUILD, TRAIN, INSPECT, SLOW_MOTION = (
    f"{_PAGES}{name}.py" for name in ("home", "build", "train", "inspect", "slow_motion"))


def theme() -> Theme:
    """This session's look: light or dark, the projector's size, its language."""
    from explorer.figures import Theme
    from explorer.figures.theme import PROJECTOR

    return Theme(is_dark(), PROJECTOR if st.session_state.get(state.PROJECTOR) else 1.0, _)


def is_dark() -> bool:
    return st.context.theme.type == "dark"


def begin_page(title: str, purpose: str) -> DeltaGenerator:
    """The page's heading and its one line on what it is for; keeps the browser's key and the run in the address.

    Returns the place at the heading's right, for what one can do with all that the page shows.
    """
    if run_id := st.session_state.get(state.RUN):
        st.query_params[state.RUN_PARAMETER] = run_id
    st.html(_STYLE + (_PROJECTOR_STYLE if st.session_state.get(state.PROJECTOR) else ""))
    heading, corner, switch = st.columns([0.43, 0.45, 0.12], vertical_alignment="center")
    heading.html(f'<h1 class="page-title">{escape(title)} <small>{escape(purpose)}</small></h1>')
    switch.toggle(_("Projector"), key=state.PROJECTOR,
                  help=_("Draws everything a quarter larger, for the last row of a classroom."))
    with switch:  # it takes no room of its own
        st.session_state[state.OWNER] = read_browser_key()
    draw_notice()
    return corner.container(horizontal=True, horizontal_alignment="right")


def draw_notice() -> None:
    """What is to be told once, if anything."""
    if notice := _take_notice():
        _draw_sentence(*notice)


def draw_lasting_notice() -> None:
    """The same in a fragment, which is drawn anew with every click: it stays for some seconds, to be read.

    Draw it, and whatever else comes and goes in a fragment, into a container of its own that is always there. Streamlit
    joins what two runs in quick succession say of one place, and fails where the one says an element, the other a
    container with something in it.
    """
    if notice := _take_notice():
        st.session_state[state.TOLD] = *notice, time.monotonic() + _TOLD_FOR_S
    sentence, went_well, until = st.session_state.get(state.TOLD, ("", True, 0.0))
    if time.monotonic() < until:
        _draw_sentence(sentence, went_well)


def _take_notice() -> tuple[Text | str, bool] | None:
    """What is to be told and whether it went well; once. What did not go well comes before what did."""
    done, notice = st.session_state.pop(state.DONE, None), st.session_state.pop(state.NOTICE, None)
    return (notice, False) if notice else (done, True) if done else None


def _draw_sentence(sentence: Text | str, went_well: bool) -> None:
    if went_well:
        st.success(_(sentence), icon=":material/check_circle:")
    else:
        st.warning(_(sentence), icon=":material/info:")


def attempt(act: Callable[[], object]) -> bool:
    """Whether it could be done; what kept it from being done is told at the top."""
    try:
        act()
    except DocumentError as error:
        st.session_state[state.NOTICE] = error.sentence
        return False
    except OSError as error:
        st.session_state[state.NOTICE] = text("The disk refused: {why}.", why=error.strerror or str(error))
        return False
    return True


def go_to(page: str) -> None:
    """Open another page, keeping network and run in its address."""
    draft, run_id = st.session_state.get(state.DRAFT), st.session_state.get(state.RUN)
    kept = {state.NET_PARAMETER: draft.id if draft else None, state.RUN_PARAMETER: run_id}
    st.switch_page(page, query_params={name: value for name, value in kept.items() if value})


def draw_problem(sentence: Text | str) -> None:
    """One clear sentence where something is at fault."""
    st.error(_(sentence), icon=":material/error:")


def draw_start(sentence: str, button: str, page: str) -> None:
    """An empty state: what is missing, and the one step that brings it."""
    with st.container(border=True):
        st.markdown(sentence)
        if st.button(button, type="primary"):
            go_to(page)


@contextmanager
def no_stack_trace() -> Iterator[None]:
    """Keep what nobody foresaw off the page: a sentence stands there, and the log has the rest."""
    try:
        yield
    except Exception:
        log.exception("a page failed")
        draw_problem(_("Something went wrong on this page; nothing of your work is lost. "
                       "The server's log says what it was."))


_STYLE = """<style>
.stMainBlockContainer {padding: 4rem 1.6rem 2rem; max-width: none}
.page-title {font-size: 1.35rem; font-weight: 600; margin: 0; padding: 0}
.page-title small {font-size: 1rem; font-weight: 400; opacity: .75; padding-left: .6rem}
[data-testid="stVerticalBlock"] {gap: .6rem}
.st-key-outline[data-testid="stVerticalBlock"] {gap: .05rem}
.st-key-side_panel {max-height: 38rem; overflow-y: auto}
:is(.st-key-side_panel, .st-key-slow_side) .katex {font-size: .9em}
:is(.st-key-side_panel, .st-key-slow_side) .katex-display {overflow-x: auto; overflow-y: hidden; padding: .2rem 0}
.summary table {border-collapse: collapse; table-layout: fixed; width: 100%; font-size: .8rem; line-height: 1.25}
.summary th {font-size: .72rem}
.summary th:nth-child(1) {width: 30%} .summary th:nth-child(2) {width: 25%}
.summary th:nth-child(3) {width: 25%} .summary th:nth-child(4) {width: 20%}
.st-key-side_panel [data-testid="stMetricValue"] {font-size: 1.25rem}
.summary td:first-child, .summary th {overflow-wrap: anywhere}
.summary th {text-align: right; font-weight: 600; padding: .15rem .2rem; vertical-align: bottom}
.summary td {text-align: right; padding: .12rem .2rem; border-top: 1px solid rgba(128, 128, 128, .25)}
.summary :is(th, td):first-child {text-align: left}
.summary :is(th, td):not(:first-child) {padding-left: .1rem; padding-right: .1rem}
.summary small {opacity: .75; display: block}
.st-key-answer {position: sticky; top: 4rem}
.text-equivalent {position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)}
</style>"""
_PROJECTOR_STYLE = "<style>html {font-size: 21px !important}</style>"  # a quarter more than the theme's 17
