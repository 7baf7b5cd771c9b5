"""A callback does all it does, though the browser asks for a newer run in the middle of it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

pytest.importorskip("streamlit.testing.v1", reason="streamlit is not installed")
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[3]


def page(whole: bool) -> None:
    """A field whose callback is overtaken by a newer run between its two changes of the session."""
    import streamlit as st
    from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx

    from explorer.ui.session.uninterrupted import uninterrupted

    def keep() -> None:
        st.session_state["first"] = st.session_state["field"]
        get_script_run_ctx().script_requests.request_rerun(RerunData())  # as another click in the browser does
        st.session_state["second"] = st.session_state["field"]

    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    st.text_input("A field", key="field", on_change=uninterrupted(keep) if whole else keep)


@pytest.mark.parametrize("whole", [True, False])
def test_what_was_typed_is_kept_whole(whole):
    app = AppTest.from_function(page, args=(whole,), default_timeout=600).run()
    before = app.session_state["runs"]
    app.text_input[0].set_value("2").run()
    assert app.session_state["first"] == "2"
    assert ("second" in app.session_state) is whole, "Streamlit has changed: is `uninterrupted` still needed?"
    assert app.session_state["runs"] > before  # the newer run is not swallowed


def test_every_callback_of_the_pages_is_whole():
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "explorer" / "ui").rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    whole = {node.name for node in nodes if isinstance(node, ast.FunctionDef)
             and any(isinstance(mark, ast.Name) and mark.id == "uninterrupted" for mark in node.decorator_list)}
    given = {ast.unparse(keyword.value).rpartition(".")[2] for node in nodes if isinstance(node, ast.Call)
             for keyword in node.keywords if keyword.arg in ("on_click", "on_change", "on_select")
             and not isinstance(keyword.value, ast.Constant)}
    assert len(given) > 20
    assert given <= whole
