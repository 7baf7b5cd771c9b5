"""A run goes on from weights that were changed: from a state as a fork, else from its first epoch."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from small_runs import plane_recipe

from explorer.document import chain
from explorer.inspection.edits import WeightEdit, describe_edits, put_edits
from explorer.inspection.kept_edits import keep_edits
from explorer.spec import BadValue
from explorer.training import Session
from explorer.training.records.checkpoints import frame_steps, load_frame, state_path, state_steps
from explorer.training.records.metrics import last_step
from explorer.training.runs.origin import origin_of
from explorer.training.work.edited_weights import fork_edited

EDIT = WeightEdit("linear1.weight", (1, 0), (2, 2), (0.5, -0.5, 1.5, 0.0))


def with_edits(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    put_edits(weights, [EDIT])
    return weights


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def steps_of(run):
    session = Session(run)
    session.prepare()
    return session


@pytest.mark.parametrize("averaging", [None, 0.9])
def test_a_fork_continues_from_the_state_with_the_changed_weights(store, trained, averaging):
    parent, _ = trained(plane_recipe(averaging=averaging))
    step = state_steps(parent.frames_folder)[-1]
    before = load_frame(parent.frames_folder, step)
    child = keep_edits(store, parent, step, [EDIT], "me")
    assert same(load_frame(child.frames_folder, step), with_edits(load_frame(parent.frames_folder, step)))
    assert same(load_frame(parent.frames_folder, step), before)  # it is no file that both share
    session = steps_of(child)
    assert session.trainer.step == step == last_step(child.metrics_path)
    assert session.trainer.model.linear1.weight[1:3].flatten().tolist() == list(EDIT.values)
    assert [str(change) for change in origin_of(child).changes] == ["edited by hand: linear1.weight (4 weights)"]
    assert (origin_of(child).step, child.owner, child.recipe) == (step, "me", parent.recipe)


def test_where_a_step_has_no_state_the_run_starts_from_the_changed_weights_alone(store, trained):
    parent, _ = trained(plane_recipe())
    step = frame_steps(parent.frames_folder)[1]
    state_path(parent.frames_folder, step).unlink(missing_ok=True)
    child = keep_edits(store, parent, step, [EDIT])
    assert Session(child).execute().state == "finished"
    assert same(load_frame(child.frames_folder, 0), with_edits(load_frame(parent.frames_folder, step)))
    last = frame_steps(child.frames_folder)[-1]
    assert last > 0 and not same(load_frame(child.frames_folder, last), load_frame(child.frames_folder, 0))
    assert str(origin_of(child).changes[0]) == f"weights of step {step}" and origin_of(child).step == 0


def test_a_change_that_does_not_fit_leaves_no_run_behind(store, trained):
    parent, _ = trained(plane_recipe())
    wrong = WeightEdit("linear1.weight", (400, 0), (1, 1), (0.5,))
    with pytest.raises(BadValue, match="lies outside of it"):
        fork_edited(store, parent, frame_steps(parent.frames_folder)[-1], partial(put_edits, edits=[EDIT, wrong]),
                    describe_edits([wrong]))
    assert store.all() == [parent]


def test_only_parameters_of_the_network_are_changed_by_hand_and_there_must_be_one(store, trained):
    norm = ("norm1", "batch_norm1d", {})
    parent, _ = trained(plane_recipe(network=chain("Normed", ("input", "input", {"shape": [2]}), norm,
                                                   ("linear1", "linear", {"out_features": 2}))))
    step = frame_steps(parent.frames_folder)[-1]
    assert "norm1.running_mean" in load_frame(parent.frames_folder, step)
    for name, start, shape in (("norm1.running_mean", (0,), (1,)), ("norm1.num_batches_tracked", (), ())):
        with pytest.raises(BadValue, match="has no weights called norm1"):
            keep_edits(store, parent, step, [WeightEdit(name, start, shape, (0.5,))])
    with pytest.raises(BadValue, match="No weight is changed"):
        keep_edits(store, parent, step, [])
    assert store.all() == [parent]
