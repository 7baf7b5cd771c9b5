"""What the session remembers: slots with their defaults, and costly things kept for one key."""

from __future__ import annotations

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer.ui.session.memo import recall, remember, renew
from explorer.ui.session.state import Slot

COUNT: Slot[int] = Slot("count", 3)
NAMES: Slot[list[str]] = Slot("names", make=list)
KEPT: Slot = Slot("kept")


@pytest.fixture(autouse=True)
def session(monkeypatch):
    monkeypatch.setattr(st, "session_state", {})
    return st.session_state


def test_a_slot_has_its_default_until_something_is_put_there(session):
    assert COUNT.value == 3 and not session
    COUNT.value += 1
    assert session == {"count": 4}
    assert COUNT.take() == 4
    assert COUNT.value == 3 and not session


def test_what_a_slot_makes_is_made_once():
    NAMES.value.append("a")
    assert NAMES.value == ["a"]
    NAMES.clear()
    assert NAMES.value == []


def test_the_same_key_is_made_once_and_another_replaces_it():
    made = []

    def make(value: int) -> int:
        made.append(value)
        return value

    assert [remember(KEPT, key, lambda key=key: make(key)) for key in (1, 1, 2, 1)] == [1, 1, 2, 1]
    assert made == [1, 2, 1]


def test_nothing_is_kept_of_what_could_not_be_made():
    remember(KEPT, "a", lambda: 1)
    with pytest.raises(ZeroDivisionError):
        remember(KEPT, "b", lambda: 1 // 0)
    assert recall(KEPT, "a") is None and recall(KEPT, "b") is None
    assert remember(KEPT, "b", lambda: 2) == 2


def test_the_last_one_is_gone_before_the_next_is_made(session):
    remember(KEPT, "a", lambda: 1)
    assert remember(KEPT, "b", lambda: dict(session)) == {}


def test_what_was_made_is_found_by_its_key_and_can_be_made_anew():
    renew(KEPT, "a", lambda: 1)
    assert renew(KEPT, "a", lambda: 2) == recall(KEPT, "a") == 2
    assert recall(KEPT, "b") is None


def page():
    import time

    import streamlit as st

    from explorer.ui.session.memo import remember
    from explorer.ui.session.state import Slot

    st.button("Again")
    st.write(remember(Slot("kept"), "a", time.monotonic_ns))


def test_a_page_that_runs_again_finds_what_it_made(monkeypatch):
    monkeypatch.undo()
    app = AppTest.from_function(page).run()
    before = app.markdown[0].value
    assert app.button[0].click().run().markdown[0].value == before
