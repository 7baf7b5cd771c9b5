"""Visits a page while the import of PyTorch is held back. Run as a script: the page, then its address, name=value.

The import ends once the page waits for it. Prints what the page showed until then, a line, what it shows at last, and
who asked for PyTorch.
"""

from __future__ import annotations

import sys
import threading
from importlib.abc import MetaPathFinder
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402
from streamlit.testing.v1 import AppTest  # noqa: E402

from explorer.ui.app import background, torch_import  # noqa: E402

LINE, WAITS = "-- PyTorch is there --", "waits for PyTorch"


class Held(MetaPathFinder):
    """An import of PyTorch that waits for its release; only the thread beside the pages may begin it before that."""

    def __init__(self) -> None:
        self.released, self.asking = threading.Event(), []

    def find_spec(self, name: str, *_more: object) -> None:
        if name == "torch":
            self.asking.append(threading.current_thread().name)
            if not self.released.is_set() and self.asking[-1] != "torch-import":
                raise ImportError("PyTorch is held back")
            self.released.wait()


def visit(page: str, address: tuple[str, ...]) -> None:
    """Print everything that the page shows."""
    at = AppTest.from_file(ROOT / "explorer/ui/app/navigation.py", default_timeout=600)
    at.query_params.update(pair.split("=") for pair in address)
    at.switch_page(str(ROOT / "pages" / f"{page}.py")).run()
    for kind in (at.markdown, at.caption, at.error, at.metric):
        print(*(element.value for element in kind), sep="\n")
    print(*(element.label for kind in (at.button, at.selectbox, at.metric) for element in kind), sep="\n")
    print(*(f"{element.proto.component_name} {element.proto.json}" for element in at.get("bidi_component")), sep="\n")


def main(page: str, *address: str) -> None:
    background.warm_up = lambda: None
    held, await_torch = Held(), torch_import.await_torch
    sys.meta_path.insert(0, held)

    def wait() -> None:
        torch_import.start_torch()
        st.caption(WAITS)
        st.stop()

    def release() -> None:
        held.released.set()
        await_torch()

    torch_import.await_torch = wait
    visit(page, address)
    print(LINE)
    torch_import.await_torch = release
    visit(page, address)
    print("asked by", *held.asking)


if __name__ == "__main__":
    main(*sys.argv[1:])
