"""Protection of what a person did from being cut off when the page is asked to run again."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from streamlit.runtime.scriptrunner import get_script_run_ctx

P, R = ParamSpec("P"), TypeVar("R")


def uninterrupted(act: Callable[P, R]) -> Callable[P, R]:
    """Finish a callback, or any other change of the session in several steps, before a newer run begins.

    Streamlit ends a run at any access to the session's state once a newer run is asked for, a callback too, and does
    not call it again: a number typed just before a click was lost, an edit was kept without its undo. It has no
    setting for this. The newer run begins at the first access after the act.
    """
    @wraps(act)
    def whole(*args: P.args, **kwargs: P.kwargs) -> R:
        context = get_script_run_ctx(suppress_warning=True)
        if context is None:  # outside a page, as in a test of what a callback does
            return act(*args, **kwargs)
        guard = context.session_state
        look_for_a_newer_run = guard._yield_callback
        object.__setattr__(guard, "_yield_callback", lambda: None)  # its own setattr would set a value of the session
        try:
            return act(*args, **kwargs)
        finally:
            object.__setattr__(guard, "_yield_callback", look_for_a_newer_run)

    return whole
