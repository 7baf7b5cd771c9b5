"""What a server prepares beside its first page, in which order."""

from __future__ import annotations

import threading

import pytest

from explorer.training import Launcher, RunStore
from explorer.ui.app import background, torch_import


class Noted(Launcher):
    """A launcher that notes what it is asked for, and starts no process."""

    def __init__(self) -> None:
        super().__init__()
        self.attended, self.prepared = threading.Event(), threading.Event()

    def attend(self, runs):
        self.attended.set()

    def prepare(self, beside_a_run=False):
        self.prepared.set()


@pytest.fixture
def server(monkeypatch, tmp_path):
    """The launcher of a server whose first page has just begun, and the thread that warms up."""
    monkeypatch.setattr(torch_import, "frame_drawn", threading.Event())
    monkeypatch.setattr(background, "_page_drawn", threading.Event())
    monkeypatch.setattr(background, "_BROWSER_S", 0.0)
    launcher = Noted()
    warming = threading.Thread(target=background._warm_up, args=(launcher, RunStore(tmp_path)), daemon=True)
    warming.start()
    yield launcher, warming
    background.finish_page()
    warming.join()
    launcher.close()


def test_waiting_runs_are_resumed_before_any_page_is_drawn(server):
    launcher, _warming = server
    assert launcher.attended.wait(60)
    assert not launcher.prepared.is_set()


def test_a_page_that_is_drawn_without_a_wish_for_torch_ends_the_wait(server):
    launcher, warming = server
    background.finish_page()
    warming.join()
    assert launcher.prepared.is_set()


def test_the_spare_worker_does_not_wait_for_the_torch_of_a_page(server, monkeypatch):
    launcher, warming = server
    monkeypatch.setattr(torch_import.st, "rerun", lambda: None)
    torch_import.await_torch()
    assert launcher.prepared.wait(60)
    assert warming.is_alive(), "the shape pass comes after the page"
