"""A spare worker takes the run that comes, whatever it does meanwhile."""

import os
import sys
from threading import Event, Thread

import pytest

from explorer.training.loop import threads
from explorer.training.work import spare
from explorer.training.work.spare import await_folder


@pytest.fixture
def given(tmp_path, monkeypatch):
    """A file whose lines are read from the standard input, on a machine whose threads are not measured yet."""
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(threads, "count_cores", lambda: 4)
    reading, writing = os.pipe()
    with open(reading, encoding="utf-8") as lines, open(writing, "w", encoding="utf-8", buffering=1) as given:
        monkeypatch.setattr(sys, "stdin", lines)
        yield given


@pytest.mark.parametrize("error", [PermissionError("/proc/stat"), MemoryError(), RuntimeError("CPUAllocator")])
def test_a_measurement_that_fails_costs_no_run(given, monkeypatch, caplog, error):
    def measure(came):
        raise error

    monkeypatch.setattr(spare, "measure_when_quiet", measure)
    print("/runs/1", file=given)
    assert await_folder() == "/runs/1"
    assert "could not be measured" in caplog.text
    given.close()
    assert await_folder() == ""


def test_a_run_that_comes_ends_the_measurement_and_is_taken(given, monkeypatch):
    measuring, told = Event(), []

    def measure(came):
        assert not came(0.0)
        measuring.set()
        told.append(came(60.0))

    def start_a_run():
        measuring.wait(60.0)
        print("/runs/1", file=given)

    monkeypatch.setattr(spare, "measure_when_quiet", measure)
    starter = Thread(target=start_a_run)
    starter.start()
    assert await_folder() == "/runs/1"
    starter.join()
    assert told == [True]
