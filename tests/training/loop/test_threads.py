"""CPU threads of a step: by a rule, or by a table that was measured on this machine and is kept."""

import json
import math
import os
from itertools import cycle
from pathlib import Path

import pytest
import torch

from explorer.files import atomic
from explorer.training.loop import thread_timing, threads
from explorer.training.loop.thread_timing import (
    OtherPrograms,
    Timing,
    fit_table,
    measure_now,
    measure_table,
    measure_when_quiet,
    time_steps,
)
from explorer.training.loop.threads import (
    ThreadTable,
    choose_threads,
    describe_threads,
    is_unmeasured,
    keep_table,
    kept_table,
    usual_table,
)

TABLE = ThreadTable((1, 2, 4), (0.0, 3e7, 2e8))


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The folder where a table is kept, on a machine of four cores."""
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(threads, "count_cores", lambda: 4)
    return tmp_path / "cache"


def kept_file(cache):
    (file,) = cache.iterdir()
    return file


def never(seconds):
    return False


@pytest.mark.parametrize("cores", [1, 2, 8])
def test_without_a_measurement_another_thread_comes_with_every_fifty_million_multiply_adds(cores):
    table = usual_table(cores)
    for work in (0, 1e3, 49_999_999, 50_000_000, 108e6, 350e6, 1e12):
        assert table.choose(work) == max(1, min(cores, int(work // 50_000_000) + 1))


def test_a_table_takes_each_number_from_its_threshold_on():
    assert [TABLE.choose(work) for work in (0, 2.9e7, 3e7, 1.9e8, 2e8, 1e15)] == [1, 1, 2, 2, 4, 4]


@pytest.mark.parametrize(("numbers", "since"), [
    ((), ()), ((1, 2), (0.0,)), ((2, 1), (0.0, 1.0)), ((1, 2), (0.0, math.nan)), ((1, 2), (5.0, 9.0)), ((0,), (0.0,)),
    ((1, 2), (0.0, 0.0)),
])
def test_numbers_that_make_no_table_are_refused(numbers, since):
    with pytest.raises(ValueError):
        ThreadTable(numbers, since)


def seconds_of(work, count, start_s=0.001):
    """A step where a thread does 1e9 multiply-adds a second and each doubling of threads costs `start_s`."""
    return work / 1e9 / count + start_s * math.log2(count)


def test_a_threshold_lies_between_the_works_where_the_fastest_number_changes():
    works = [1e5, 1e6, 1e7, 1e8]
    timings = [Timing(work, {count: seconds_of(work, count) for count in (1, 2, 4)}) for work in works]
    # Two threads win from work / 1e9 / 2 = 0.001 on, at 2e6; four from work / 1e9 / 4 = 0.001 on, at 4e6.
    fastest = [min((1, 2, 4), key=lambda count: seconds_of(work, count)) for work in works]
    assert fastest == [1, 1, 4, 4]
    assert fit_table(timings) == ThreadTable((1, 4), (0.0, math.sqrt(1e6 * 1e7)))
    denser = fit_table([Timing(work, {count: seconds_of(work, count) for count in (1, 2, 4)})
                        for work in (1e6, 3e6, 6e6, 2e7)])
    assert denser.threads == (1, 2, 4)
    assert denser.since == (0.0, math.sqrt(1e6 * 3e6), math.sqrt(3e6 * 6e6))


def test_one_number_out_of_line_does_not_bend_the_table():
    works = [1e5, 1e6, 1e7, 1e8, 1e9]
    timings = [Timing(work, {1: seconds_of(work, 1), 2: seconds_of(work, 2)}) for work in works]
    odd = Timing(3e5, {1: seconds_of(3e5, 1), 2: 0.99 * seconds_of(3e5, 1)})  # 1 % faster with two, below where two win
    assert fit_table([*timings, odd]) == fit_table(timings)


def test_threads_that_win_nothing_are_not_taken():
    timings = [Timing(work, {1: work / 1e9, 2: 1.2 * work / 1e9}) for work in (1e6, 1e7, 1e8)]
    assert fit_table(timings) == ThreadTable((1,), (0.0,))
    little = Timing(1e8, {1: 1.0, 2: 0.98})  # 2 % of a step are not worth a second core
    assert fit_table([*timings[:2], little]).choose(1e8) == 1


def test_threads_that_nearly_win_at_the_largest_work_are_taken_at_proportionally_more():
    timings = [Timing(1e6, {1: 1.0, 2: 2.0, 4: 3.0, 8: 9.0}), Timing(1e8, {1: 100.0, 2: 60.0, 4: 63.0, 8: 90.0})]
    assert fit_table(timings) == ThreadTable((1, 2, 4), (0.0, 1e7, 2e8))


def test_a_kept_table_decides_and_is_read_back(cache):
    assert is_unmeasured() and choose_threads(4e7) == 1
    keep_table(TABLE)
    assert kept_table() == TABLE and not is_unmeasured()
    assert [choose_threads(work) for work in (1e7, 4e7, 1e9)] == [1, 2, 4]
    assert "1, 2 from 30.0 M, 4 from 200.0 M" in str(describe_threads())


def test_who_keeps_a_table_first_wins(cache):
    keep_table(TABLE)
    keep_table(ThreadTable((1,), (0.0,)))
    assert kept_table() == TABLE


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"machine": 3}', "\x00\xff", "null"])
def test_a_damaged_file_is_measured_again(cache, damage):
    keep_table(TABLE)
    kept_file(cache).write_text(damage, encoding="utf-8")
    assert kept_table() is None and is_unmeasured()
    assert choose_threads(4e7) == 1
    keep_table(TABLE)
    assert kept_table() == TABLE


@pytest.mark.parametrize("change", [
    {"threads": [1, 2, 400]}, {"since": [0, "x", 3]}, {"since": [0, 1]}, {"threads": None}, {"threads": [4, 2, 1]},
    {"machine": {"processor": "another", "cores": 4, "torch": torch.__version__}}, {"measured": None, "since": 5},
])
def test_a_foreign_table_is_not_taken(cache, change):
    keep_table(TABLE)
    file = kept_file(cache)
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    assert kept_table() is None and is_unmeasured()


def test_machines_that_share_a_home_keep_a_table_each(cache, monkeypatch):
    keep_table(TABLE)
    monkeypatch.setattr(threads, "count_cores", lambda: 8)
    assert kept_table() is None and is_unmeasured()
    keep_table(ThreadTable((1, 8), (0.0, 1e6)))
    assert len(list(cache.iterdir())) == 2
    monkeypatch.setattr(threads, "count_cores", lambda: 4)
    assert kept_table() == TABLE


def test_where_nothing_can_be_kept_nothing_is_measured_and_the_rule_holds(cache, monkeypatch):
    monkeypatch.setenv("EXPLORER_CACHE", os.devnull)
    monkeypatch.setattr(thread_timing, "time_steps", lambda: pytest.fail("measured"))
    assert not is_unmeasured()
    assert f"{os.devnull} is no folder that can be written. Set EXPLORER_CACHE" in str(measure_now())
    measure_when_quiet(never)
    with pytest.raises(OSError):
        keep_table(TABLE)
    assert choose_threads(4e7) == 1
    assert "not measured" in str(describe_threads())


def test_on_one_core_there_is_nothing_to_measure(cache, monkeypatch):
    monkeypatch.setattr(threads, "count_cores", lambda: 1)
    assert not is_unmeasured()
    assert "one core" in str(measure_now())


@pytest.fixture
def machine(monkeypatch):
    """A machine to set: `noise`, the factors of a step's times in turn, and `others_s`, what other programs spent."""
    class Machine:
        noise, others_s = (1.0,), 0.0

    def steps():
        noise = cycle(Machine.noise)
        for _ in range(5):
            for work in (1e5, 1e6, 1e7, 1e8):
                for count in (1, 2, 4):
                    yield (work, count), next(noise) * seconds_of(work, count)

    monkeypatch.setattr(thread_timing, "time_steps", steps)
    monkeypatch.setattr(thread_timing, "_others_s", lambda: Machine.others_s)
    return Machine


def test_a_quiet_machine_is_measured_once(cache, machine):
    assert measure_now() is None
    assert kept_table() == ThreadTable((1, 4), (0.0, math.sqrt(1e6 * 1e7)))
    before = kept_file(cache).stat().st_mtime_ns
    assert measure_now() is None
    measure_when_quiet(never)
    assert kept_file(cache).stat().st_mtime_ns == before


def test_an_unsteady_machine_keeps_nothing(cache, machine):
    machine.noise = (1.0, 1.6, 1.3, 2.0, 2.5, 1.1, 1.8)
    assert measure_table() is None
    assert "too busy" in str(measure_now())
    measure_when_quiet(never)
    assert kept_table() is None


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no full disk to try")
def test_a_full_disk_is_named_and_keeps_nothing(cache, machine, monkeypatch):
    monkeypatch.setattr(atomic, "temporary_for", lambda path: Path("/dev/full"))
    monkeypatch.setattr(atomic, "discard", lambda path: None)
    assert str(measure_now()) == (f"CPU threads were measured, but the result cannot be kept in {cache}: "
                                  "No space left on device.")
    assert kept_table() is None


def test_a_machine_where_others_work_keeps_nothing(cache, machine, monkeypatch):
    spent = iter(range(0, 10**9, 100))
    monkeypatch.setattr(thread_timing, "_others_s", lambda: next(spent))
    assert not OtherPrograms().are_quiet()
    assert measure_table() is None and kept_table() is None


def test_a_run_that_comes_ends_the_measurement_and_nothing_is_kept(cache, machine):
    asked = []

    def came(seconds):
        asked.append(seconds)
        return len(asked) > 6

    measure_when_quiet(came)
    assert len(asked) == 8 and kept_table() is None
    measure_when_quiet(lambda seconds: True)
    assert kept_table() is None


def test_real_steps_are_timed_on_every_number_of_threads_and_torch_is_left_as_it_was(monkeypatch):
    monkeypatch.setattr(thread_timing, "_recipes", lambda: RECIPES[:1])
    monkeypatch.setattr(thread_timing, "count_cores", lambda: 2)
    before = torch.get_num_threads(), torch.get_rng_state().tolist()
    cells = list(time_steps())
    assert (torch.get_num_threads(), torch.get_rng_state().tolist()) == before
    work = 32 * (784 * 256 + 256 * 128 + 128 * 10)
    assert [cell for cell, _ in cells] == 5 * [(work, 1), (work, 2)]
    assert all(seconds > 0 for _, seconds in cells)


def test_a_network_is_made_when_its_turn_comes(monkeypatch):
    made = []

    class Counted(thread_timing._Subject):
        def __init__(self, recipe):
            made.append(recipe)
            super().__init__(recipe)

    monkeypatch.setattr(thread_timing, "_Subject", Counted)
    assert measure_table(lambda: True) is None
    assert made == RECIPES[:1]


RECIPES = thread_timing._recipes()
