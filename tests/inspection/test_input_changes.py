"""Inputs with changes, as the hub finds them; neutral ones are today's samples, bit by bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer import zoo
from explorer.data.changes import CHANGES, apply
from explorer.inspection import Asked, Hub, InputAsked
from explorer.inspection.inputs import Inputs, changed
from explorer.kinds import Chosen
from explorer.live.message import unpack_message
from explorer.results.packing import unpack
from explorer.spec import BadValue, defaults
from explorer.training import RunStore
from explorer.ui.widgets import samples

NEUTRAL = tuple(defaults(CHANGES).items())


@pytest.mark.parametrize("name", ["lenet_relu", "tiny_vgg", "playground", "linear_regression", "char_rnn"])
@pytest.mark.parametrize("changes", [(), NEUTRAL], ids=["none", "neutral"])
def test_neutral_changes_leave_a_sample_as_the_network_was_tested_on_it(name, changes):
    recipe = zoo.recipe(name)
    found = Inputs().find(InputAsked(sample=3, changes=changes), recipe)
    assert torch.equal(found.batch, samples.test_part(recipe).inputs([3]))


def test_changes_of_a_network_on_flattened_images_act_on_the_image():
    recipe = zoo.recipe("playground")  # its network takes numbers: here those of an 8×8 image
    nodes = tuple(replace(node, params={"shape": (64,)}) if node.block == "input" else node
                  for node in recipe.network.nodes)
    recipe = recipe.with_(network=replace(recipe.network, nodes=nodes), data=Chosen("digits"))
    flat = samples.test_part(recipe).inputs([0])
    moved = changed(flat, (("shift_x", 1.0),), recipe)
    side = round(flat.shape[1] ** 0.5)
    assert torch.equal(moved.reshape(1, 1, side, side), apply(flat.reshape(1, 1, side, side), {"shift_x": 1}))


def test_a_change_that_is_none_is_refused():
    with pytest.raises(BadValue):
        Inputs().find(InputAsked(sample=0, changes=(("zoom", 2.0),)), zoo.recipe("lenet_relu"))


@pytest.fixture
def ask(tmp_path):
    store = RunStore(tmp_path)
    run = store.create(zoo.recipe("lenet_relu"))

    def prepare(payload, **options):
        asked = Asked.of({"options": options}, {} if payload is None else {"payload": payload})
        return Hub(lambda: store).answer(run.id, "prepare", asked, str)
    return prepare


def test_a_drawing_is_prepared_through_the_hub_before_any_weights_are_kept(ask):
    ink = np.zeros((140, 140), np.uint8)
    ink[20:120, 60:80] = 255
    arrays, meta = unpack_message(ask(ink, kind="drawing").body)
    (prepared,) = unpack(arrays, meta["results"])
    assert prepared.values.shape == (1, 28, 28) and prepared.values.max() > 0.5


@pytest.mark.parametrize(("payload", "options"), [
    (None, {}), (None, {"kind": "drawing"}), (np.zeros(3, np.uint8), {"kind": "picture"}),
    (np.zeros((2, 2, 2), np.float32), {"kind": "drawing"}), (np.zeros((2, 2), np.float32), {"kind": "picture"}),
    (np.zeros(0, np.uint8), {"kind": "picture", "invert": "x"}), (np.zeros(2, np.float64), {"kind": "numbers"}),
    (np.zeros(2, np.uint8), {"kind": "text"}), (np.full((4, 4), np.nan), {"kind": "drawing"}),
])
def test_whatever_cannot_be_prepared_is_one_sentence(ask, payload, options):
    answer = ask(payload, **options)
    assert answer.body is None and str(answer.sentence).endswith(".")
