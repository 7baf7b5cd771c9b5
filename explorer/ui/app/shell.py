"""Parts common to all pages: heading, address, styles, and a sentence in place of a stack trace."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from explorer.ui.language import _
from explorer.ui.session import state
from explorer.ui.session.notices import draw_notice, draw_problem
from explorer.ui.session.person import recognize
from explorer.ui.session.run import name_in_address, shown_run_id
from explorer.ui.widgets.components.browser_key import read_browser_key

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

log = logging.getLogger(__name__)

_PAGES = "../../../pages/"  # from navigation.py; absolute paths would not do, Streamlit refuses a Windows share's
HOME, BUILD, TRAIN, INSPECT, SLOW_MOTION = (
    f"{_PAGES}{name}.py" for name in ("home", "build", "train", "inspect", "slow_motion"))


def begin_page(title: str, purpose: str) -> DeltaGenerator:
    """Draw the page's heading and its one line of purpose; keep the browser's key and the run in the address.

    Returns the place at the heading's right, for what one can do with all that the page shows.
    """
    name_in_address()
    state.LACKS_TORCH.clear()
    st.html(_STYLE + _WAITING + (_PROJECTOR_STYLE if state.PROJECTOR.value else ""))
    heading, corner, switch = st.columns([0.37, 0.53, 0.1], vertical_alignment="center")
    heading.html(f'<h1 class="page-title">{escape(title)} <small>{escape(purpose)}</small></h1>')
    switch.toggle(_("Projector"), key=state.PROJECTOR.key,
                  help=_("Shows everything a quarter larger, for the last row of a classroom."))
    with switch:  # it takes no room of its own
        recognize(read_browser_key())
    draw_notice()
    return corner.container(horizontal=True, horizontal_alignment="right")


def go_to(page: str) -> None:
    """Open another page, keeping network and run in its address."""
    draft = state.DRAFT.value
    kept = {state.NET_PARAMETER: draft.id if draft else None, state.RUN_PARAMETER: shown_run_id()}
    st.switch_page(page, query_params={name: value for name, value in kept.items() if value})


def draw_start(sentence: str, button: str, page: str) -> None:
    """Draw an empty state: what is missing, and the one step that brings it."""
    with st.container(border=True):
        st.markdown(sentence)
        if st.button(button, type="primary"):
            go_to(page)


@contextmanager
def no_stack_trace() -> Iterator[None]:
    """Keep unexpected errors off the page: it shows a sentence, and the log has the rest."""
    try:
        yield
    except Exception:
        log.exception("a page failed")
        draw_problem(_("Something went wrong on this page; none of your work is lost. The server's log has the "
                       "details."))


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
</style>"""
# Nothing fades while the script runs, and nothing runs in the page's corner; the button that was clicked, which has the
# focus, shows that it is waited for. The names are Streamlit's own: tests/e2e/test_waiting.py holds them against it.
_WAITING = """<style>
:is(.stElementContainer[data-stale="true"], .stExpander summary, .stExpander summary > div, .stTabs [role="tablist"],
    .stTabs [role="tab"]:not([data-disabled])) {opacity: 1 !important; transition: none !important}
.stStatusWidget:has([data-testid="stStatusWidgetRunningIcon"]) {display: none}
.stApp:is([data-test-script-state="running"], [data-test-script-state="rerunRequested"])
    :is(.stButton, .stButtonGroup) button:focus {position: relative}
.stApp:is([data-test-script-state="running"], [data-test-script-state="rerunRequested"])
    :is(.stButton, .stButtonGroup) button:focus::after {
        content: ""; position: absolute; right: .35rem; top: calc(50% - .35rem); width: .7rem; height: .7rem;
        box-sizing: border-box; border: 2px solid currentColor; border-right-color: transparent; border-radius: 50%;
        opacity: 0; animation: waiting-appears 0s .3s forwards, waiting-turns .8s linear infinite}
@keyframes waiting-appears {to {opacity: .8}}
@keyframes waiting-turns {to {transform: rotate(1turn)}}
@media (prefers-reduced-motion: reduce) {
    .stApp button:focus::after {animation: waiting-appears 0s .3s forwards !important}
}
</style>"""
_PROJECTOR_STYLE = "<style>html {font-size: 21px !important}</style>"  # a quarter more than the theme's 17
