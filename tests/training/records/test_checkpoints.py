"""The weights kept over time: their schedule, their budget, whole files, and never a pickle."""

import re
import threading
from pathlib import Path

import pytest
import torch

from explorer.training.records import checkpoints
from explorer.training.records.checkpoints import (
    FRAMES_KEPT,
    STATES_KEPT,
    DamagedFrame,
    FrameKeeper,
    frame_steps,
    load_frame,
    load_state,
    next_due,
    state_steps,
)

STATE = ({"generator/cpu": torch.zeros(8, dtype=torch.uint8)}, {"step": 1, "train_seconds": 0.5})


def weights(value=0.0, numbers=10):
    return {"linear1.weight": torch.full((numbers,), float(value))}


def total_bytes(folder):
    return sum(path.stat().st_size for path in folder.iterdir())


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "frames"


def test_about_100_frames_are_due_in_100_000_steps_and_more_at_first():
    due, step = [], 0
    while (step := next_due(step)) <= 100_000:
        due.append(step)
    assert 80 <= len(due) <= 120
    assert due[:10] == list(range(1, 11))


def test_a_keeper_follows_the_schedule(folder):
    keeper = FrameKeeper(folder, 10**9)
    for step in range(500):
        if keeper.is_due(step):
            keeper.keep(step, weights(step))
    expected = [0]
    while (step := next_due(expected[-1])) < 500:
        expected.append(step)
    assert frame_steps(folder) == expected
    assert load_frame(folder, expected[-1])["linear1.weight"][0] == expected[-1]


def test_the_budget_is_kept_with_the_first_and_the_last_frame_and_the_last_state(folder):
    keeper, budget = FrameKeeper(folder, 60_000), 60_000
    for step in range(0, 400, 2):
        keeper.keep(step, weights(step, 1000), STATE if step in (0, 100, 200) else None)
        assert total_bytes(folder) <= budget
        kept = frame_steps(folder)
        assert kept[0] == 0
        assert kept[-1] == step
    assert state_steps(folder)[-1] == 200
    assert 8 <= len(kept) <= 15


def test_a_budget_too_small_for_anything_still_keeps_what_is_needed_to_go_on(folder):
    keeper = FrameKeeper(folder, 1)
    for step in range(10):
        keeper.keep(step, weights(step), STATE if step == 4 else None)
    assert frame_steps(folder) == [0, 4, 9]


def test_states_and_frames_are_limited_in_number(folder):
    keeper = FrameKeeper(folder, 10**9)
    for step in range(FRAMES_KEPT + 40):
        keeper.keep(step, weights(), STATE)
    assert len(state_steps(folder)) == STATES_KEPT
    assert state_steps(folder)[-1] == FRAMES_KEPT + 39
    assert len(frame_steps(folder)) == FRAMES_KEPT


def test_a_state_is_read_as_it_was_written(folder):
    FrameKeeper(folder, 10**9).keep(7, weights(), STATE)
    tensors, position = load_state(folder, 7)
    assert position == STATE[1]
    assert torch.equal(tensors["generator/cpu"], STATE[0]["generator/cpu"])


def test_continuing_forgets_what_lies_behind_and_what_was_left_half_written(folder):
    keeper = FrameKeeper(folder, 10**9)
    for step in (0, 5, 9, 12):
        keeper.keep(step, weights(), STATE)
    (folder / "13.safetensors.1-2.writing").write_bytes(b"half")
    (folder / "notes.safetensors").write_bytes(b"mine")
    keeper.forget_after(5)
    assert frame_steps(folder) == state_steps(folder) == [0, 5]
    assert not list(folder.glob("*.writing"))
    assert (folder / "notes.safetensors").exists()
    assert not keeper.is_due(5)
    assert keeper.is_due(6)


@pytest.mark.parametrize("content", [b"", b"damaged", b"\xff" * 100, b"\x08\x00\x00\x00\x00\x00\x00\x00{}      "])
def test_a_damaged_frame_raises_damaged_frame_and_harms_no_other(folder, content):
    keeper = FrameKeeper(folder, 10**9)
    keeper.keep(1, weights(1), STATE)
    keeper.keep(2, weights(2), STATE)
    checkpoints.state_path(folder, 2).write_bytes(content)
    with pytest.raises(DamagedFrame):
        load_state(folder, 2)
    with pytest.raises(DamagedFrame):
        load_frame(folder, 3)
    assert load_frame(folder, 1)["linear1.weight"][0] == 1


def test_a_frame_is_never_seen_half_written(folder):
    keeper, faults, done = FrameKeeper(folder, 10**9), [], threading.Event()
    keeper.keep(1, weights(0, 100_000))

    def read():
        while not done.is_set():
            try:
                values = load_frame(folder, 1)["linear1.weight"]
                if len(values.unique()) != 1:
                    faults.append("mixed")
            except DamagedFrame as error:
                faults.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for value in range(150):
        keeper.keep(1, weights(value, 100_000))
    done.set()
    reader.join()
    assert faults == []


def test_nothing_in_training_unpickles_anything_but_tensors():
    for source in Path(checkpoints.__file__).parent.glob("*.py"):
        words = source.read_text(encoding="utf-8")
        loads = re.findall(r"torch\.load\(.*", words)
        assert all("weights_only=True" in load for load in loads) and (not loads or source.name == "pretrained.py")
        assert not re.search(r"pickle\.loads?\b|joblib", words), source.name
