"""The import of PyTorch beside the pages: a page shows what it knows without, and the rest once PyTorch is there."""

from __future__ import annotations

import logging
import sys
import threading

import streamlit as st

from explorer.ui.language import _
from explorer.ui.session import state

_LOOK_S = 0.05

log = logging.getLogger(__name__)


def start_torch() -> threading.Thread:
    """Begin to import PyTorch, once per server; the thread that does ends once it is there."""
    with _starting:
        if _importing.ident is None:
            _importing.start()
    return _importing


def torch_is_there() -> bool:
    """Check whether a page can use PyTorch without waiting for it: its import, whoever began it, has ended."""
    torch = sys.modules.get("torch")
    return torch is not None and not _importing.is_alive() and not getattr(torch.__spec__, "_initializing", False)


def lacks_torch() -> bool:
    """Check whether a part of the page has to do without PyTorch; if so, `complete_page` waits for it."""
    if torch_is_there():
        return False
    state.LACKS_TORCH.value = True
    return True


def complete_page() -> None:
    """Wait for PyTorch and run the page again, if a part of it was drawn without: it may be there by now."""
    if state.LACKS_TORCH.value:
        await_torch()


def await_torch() -> None:
    """Show that PyTorch is loaded, and run the page again once it is; a click meanwhile ends the wait."""
    frame_drawn.set()
    start_torch()
    with st.spinner(_("Loading PyTorch …"), show_time=True):
        while _importing.is_alive():
            _importing.join(_LOOK_S)
            state.OWNER.value  # noqa: B018  Streamlit ends a run at an access to the session's state, if a newer one is due
    import torch  # noqa: F401  raises here where it cannot be imported

    st.rerun()


def _import() -> None:
    try:
        import torch  # noqa: F401  nothing of ours: two threads must not meet in one package
    except Exception:
        log.exception("PyTorch could not be imported; pages will try it again")


_importing = threading.Thread(target=_import, daemon=True, name="torch-import")
_starting = threading.Lock()
frame_drawn = threading.Event()  # a first page shows all it can without PyTorch
