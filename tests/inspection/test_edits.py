"""Weights changed by hand: put over those of a step for one question, and gone for the next."""

import pytest
import torch
from torch import nn

from explorer.inspection.asked import Asked
from explorer.inspection.edits import WeightEdit, apply_edits
from explorer.spec import BadValue

EDIT = {"parameter": "weight", "start": [0, 1], "shape": [1, 2], "values": [3.0, -4.0]}


def test_an_edit_changes_its_box_and_nothing_else():
    line = nn.Linear(3, 2)
    before = line.weight.detach().clone()
    apply_edits(line, [WeightEdit.read(EDIT)])
    assert line.weight[0, 1:].tolist() == [3.0, -4.0]
    changed = line.weight.detach() != before
    assert changed.sum() == 2 and changed[0, 1:].all()


@pytest.mark.parametrize("wrong", [
    {"start": [0]}, {"start": [0, 2]}, {"start": [0, -1]}, {"start": [0, True]}, {"shape": [2, 2]}, {"values": [1.0]},
    {"values": [1.0, float("nan")]}, {"values": [1.0, 1e300]}, {"values": [1.0, -3.5e38]},
    {"values": ["a", "b"]}, {"parameter": "bias"}, {"parameter": "nothing"}])
def test_a_wrong_edit_is_one_sentence_and_changes_nothing(wrong):
    line = nn.Linear(3, 2)
    before = line.weight.detach().clone()
    with pytest.raises(BadValue):
        apply_edits(line, [WeightEdit.read(EDIT), WeightEdit.read(EDIT | wrong)])
    assert torch.equal(line.weight, before)


def test_a_question_with_too_many_edits_is_refused():
    with pytest.raises(BadValue, match="changes by hand"):
        Asked.of({"edits": [EDIT] * 65})


def test_taking_edits_back_gives_every_weight_as_it_was_also_where_they_overlap():
    line = nn.Linear(3, 2)
    before = line.weight.detach().clone()
    undo = apply_edits(line, [WeightEdit.read(EDIT), WeightEdit.read(EDIT | {"start": [0, 0], "values": [7.0, 8.0]})])
    assert line.weight[0].tolist() == [7.0, 8.0, -4.0]
    undo()
    assert torch.equal(line.weight, before)
