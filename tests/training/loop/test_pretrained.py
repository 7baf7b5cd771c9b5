"""Runs that begin with weights learned elsewhere."""

import io

import pytest
import torch
from safetensors.torch import save
from small_runs import digits_recipe, plane_network, plane_recipe

from explorer import network, zoo
from explorer.network.edit import set_param
from explorer.recipe import Recipe
from explorer.training import RunStore, Session
from explorer.training.loop.pretrained import (
    NoWeights,
    fit_weights,
    read_initial_weights,
    read_weights,
    weights_of,
    write_initial_weights,
)
from explorer.training.records.checkpoints import frame_steps, load_frame
from explorer.training.runs.origin import Origin, create_twin


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    run = RunStore(tmp_path_factory.mktemp("learned")).create(plane_recipe())
    assert Session(run).execute().state == "finished"
    return run


def last_frame(run):
    return load_frame(run.frames_folder, frame_steps(run.frames_folder)[-1])


def start(tmp_path, recipe: Recipe, weights):
    run = RunStore(tmp_path).create(recipe)
    write_initial_weights(run, fit_weights(weights, recipe.network))
    return run


def test_a_run_begins_with_what_another_learned(learned, tmp_path):
    run = start(tmp_path, plane_recipe(epochs=1), weights_of(learned, plane_network()))
    assert Session(run).execute().state == "finished"
    first = load_frame(run.frames_folder, 0)
    assert first.keys() == last_frame(learned).keys()
    assert all(torch.equal(first[name], value) for name, value in last_frame(learned).items())


def test_what_does_not_fit_is_drawn_as_the_seed_says(learned, tmp_path):
    net = set_param(plane_network(), "linear2", "out_features", 3)
    fitting = fit_weights(weights_of(learned, net), net)
    assert fitting.drawn == ("linear2.weight", "linear2.bias") and fitting.nodes_drawn == ("linear2",)
    recipe = plane_recipe().with_(network=plane_network(), seed=5, averaging=0.9)
    run = start(tmp_path, recipe, {name: value for name, value in last_frame(learned).items() if "linear1" in name})
    assert Session(run).execute().state == "finished"
    first, drawn = load_frame(run.frames_folder, 0), network.build(plane_network(), 5).state_dict()
    assert torch.equal(first["linear1.weight"], last_frame(learned)["linear1.weight"])
    assert torch.equal(first["linear2.weight"], drawn["linear2.weight"])


def test_a_frozen_part_keeps_what_it_was_given(learned, tmp_path):
    run = start(tmp_path, plane_recipe().with_(lr_factors={"linear1": 0.0}), last_frame(learned))
    assert Session(run).execute().state == "finished"
    assert torch.equal(last_frame(run)["linear1.weight"], last_frame(learned)["linear1.weight"])
    assert not torch.equal(last_frame(run)["linear2.weight"], last_frame(learned)["linear2.weight"])


def test_a_twin_begins_as_its_parent_did(learned, tmp_path):
    store = RunStore(tmp_path)
    parent = start(tmp_path, plane_recipe(), last_frame(learned))
    twin = create_twin(store, plane_recipe(epochs=1), Origin(parent.id))
    assert read_initial_weights(twin).keys() == read_initial_weights(parent).keys()
    assert read_initial_weights(create_twin(store, plane_recipe(), Origin("0" * 32))) is None


def as_pickle(found) -> bytes:
    buffer = io.BytesIO()
    torch.save(found, buffer)
    return buffer.getvalue()


def test_files_of_every_kind_are_read():
    weights = {name: value.clone() for name, value in network.build(plane_network(), 3).state_dict().items()}
    for content in (save(weights), as_pickle(weights), as_pickle({"state_dict": weights, "epoch": 3})):
        found = read_weights(content, "weights")
        assert found.keys() == weights.keys()
        assert all(torch.equal(found[name], value) for name, value in weights.items())


class Hostile:
    def __reduce__(self):
        return print, ("executed",)


@pytest.mark.parametrize("content", [
    b"", b"hello", b"MZ\x90\x00", as_pickle({"a": 1}), as_pickle([1, 2]), as_pickle(torch.nn.Linear(2, 2)),
    as_pickle(Hostile()), save({"a": torch.ones(1)})[:20],
], ids=["empty", "text", "program", "numbers", "list", "module", "hostile", "cut"])
def test_a_file_without_weights_is_refused_and_nothing_of_it_is_executed(content, capsys):
    with pytest.raises(NoWeights, match=r"^file\.pt contains no .*weights.*\.$"):
        read_weights(content, "file.pt")
    assert "executed" not in capsys.readouterr().out


def test_weights_of_another_network_are_refused():
    with pytest.raises(NoWeights, match="None of these weights fit"):
        fit_weights({"conv9.weight": torch.ones(1)}, plane_network())


def test_weights_that_are_damaged_end_the_run_with_a_sentence(tmp_path):
    run = RunStore(tmp_path).create(digits_recipe())
    run.initial_weights_path.write_bytes(b"damaged")
    status = Session(run).execute()
    assert status.state == "crashed" and "cannot be read" in str(status.reason)


def test_torchvisions_weights_fit_the_zoos_network_of_another_head():
    torchvision = pytest.importorskip("torchvision")
    from explorer.zoo.torchvision_keys import state_from_torchvision

    theirs = torchvision.models.resnet18().state_dict()
    net = zoo.ZOO.get("resnet18").make(classes=7)
    fitting = fit_weights(state_from_torchvision("resnet18", theirs), net)
    assert fitting.nodes_drawn == ("linear1",)
    assert torch.equal(fitting.weights["stage4_block2.conv1.weight"], theirs["layer4.1.conv1.weight"])
