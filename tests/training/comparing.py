"""What two runs are compared by, and the batches that the documented rule draws."""

import math

import numpy as np
import pytest
import torch

from explorer import network
from explorer.training import Session, load_parts
from explorer.training.records.checkpoints import frame_steps, load_frame
from explorer.training.records.metrics import read_epochs, read_steps


def assert_same_run(one, other):
    assert_same_steps(*(read_steps(run.metrics_path) for run in (one, other)))
    assert read_epochs(one.metrics_path) == read_epochs(other.metrics_path)
    last = frame_steps(one.frames_folder)[-1]
    weights = [load_frame(run.frames_folder, last) for run in (one, other)]
    assert weights[0].keys() == weights[1].keys()
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def assert_same_steps(a, b):
    for name in ("step", "epoch", "gradient_norm"):
        assert np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True), name
    assert a.scalars.keys() == b.scalars.keys()
    for name, values in a.scalars.items():
        assert np.array_equal(values, b.of(name), equal_nan=True), name


def stop_at(run, step, kill):
    """Train until this step; then stop, or break off in the middle of it as a killed process does."""
    class Killed(BaseException):
        pass

    session = Session(run, poll_s=0)
    session.prepare()
    train_step = session.trainer.train_step

    def step_or_stop():
        size = train_step()
        if session.trainer.step == step:
            if kill:
                raise Killed
            run.request("stop")
        return size

    session.trainer.train_step = step_or_stop
    if not kill:
        assert session.execute().state == "stopped"
        return
    with pytest.raises(Killed):
        list(session.steps())


def batches(recipe, count):
    """The first batches a recipe takes, drawn here by the documented rule: a permutation under (seed, epoch)."""
    train = load_parts(recipe).train
    size = recipe.batch_size
    per_epoch = math.ceil(len(train) / size)
    for step in range(count):
        seed = network.derive_seed(recipe.seed, f"order/{step // per_epoch}")
        order = torch.randperm(len(train), generator=torch.Generator().manual_seed(seed))
        index = order[step % per_epoch * size:][:size]
        inputs = train.inputs[index]
        yield (inputs / 255 if inputs.dtype == torch.uint8 else inputs), train.targets[index]
