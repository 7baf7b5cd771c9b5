"""Visits a page of a server that has not imported PyTorch. Run as a script: the page, then its address, name=value.

Prints what the page shows until it waits for PyTorch, and at last whether anything has imported it.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402
from streamlit.testing.v1 import AppTest  # noqa: E402

from explorer.ui.app import background, torch_import  # noqa: E402

WAITS = "waits for PyTorch"


def wait() -> None:
    st.caption(WAITS)
    st.stop()


def main(page: str, *address: str) -> None:
    background.warm_up = lambda needs_torch=True: None
    torch_import.await_torch = wait
    at = AppTest.from_file(ROOT / "explorer/ui/app/navigation.py", default_timeout=600)
    at.query_params.update(pair.split("=") for pair in address)
    at.switch_page(str(ROOT / "pages" / f"{page}.py")).run()
    for kind in (at.markdown, at.caption, at.error):
        print(*(element.value for element in kind), sep="\n")
    print(*(element.label for kind in (at.button, at.selectbox) for element in kind), sep="\n")
    print(*(element.proto.component_name for element in at.get("bidi_component")), sep="\n")
    print("torch" in sys.modules)


if __name__ == "__main__":
    main(*sys.argv[1:])
