"""What is told at the top of a page: once, what failed before what went well, with the system's reason."""

from __future__ import annotations

import errno
import os

import pytest
import streamlit as st

from explorer.document import DocumentError
from explorer.text import text
from explorer.ui.session import notices, state


@pytest.fixture(autouse=True)
def session(monkeypatch):
    monkeypatch.setattr(st, "session_state", {})


def disk_full() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def refused() -> None:
    raise DocumentError(text("This is no network."))


def test_what_failed_is_told_with_the_systems_reason():
    notices.failed(text("The run could not be started"), OSError(errno.EACCES, "Permission denied"))
    assert str(state.NOTICE.value) == "The run could not be started: Permission denied."


def test_a_system_without_words_is_quoted_as_it_is():
    assert str(notices.reason(text("The disk refused"), OSError("odd"))) == "The disk refused: odd."


@pytest.mark.parametrize(("act", "told"), [
    (disk_full, f"The disk refused: {os.strerror(errno.ENOSPC)}."), (refused, "This is no network."),
])
def test_an_attempt_that_fails_is_told(act, told):
    assert not notices.attempt(act)
    assert str(state.NOTICE.value) == told


def test_an_attempt_that_goes_well_tells_nothing():
    assert notices.attempt(lambda: None)
    assert state.NOTICE.value is None


def test_what_failed_comes_before_what_went_well_and_both_once():
    notices.tell_done("Kept.")
    notices.tell("Not kept.")
    assert notices._take_notice() == ("Not kept.", False)
    assert notices._take_notice() is None
