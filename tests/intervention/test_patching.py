"""Patching: all of a layer gives exactly the other's output; each place, channel and unit is a pass by hand."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from explorer import data, network, zoo
from explorer.hooks import UnknownNode, predictor
from explorer.inspection import Asked, Hub
from explorer.intervention.patching import patch
from explorer.intervention.resuming import resume_at
from explorer.kinds import Chosen
from explorer.probes import PROBES, NotApplicable, Subject, compute_probe, run
from explorer.spec import BadValue
from explorer.training import RunStore, Session
from explorer.training.records.checkpoints import frame_steps
from tests.intervention.test_silencing import subject
from tests.probes.test_probe_registry import NETWORKS, batch_of


def difference(outputs: torch.Tensor) -> torch.Tensor:
    return outputs[:, 1] - outputs[:, 0]


@pytest.mark.parametrize(("name", "nodes"), [
    ("lenet", ["conv1", "conv2"]), ("lenet_relu", ["conv2", "linear1"]), ("resnet20", ["conv1", "stage2_block1"]),
    ("vit_digits", ["block2", "block3.attention"]), ("googlenet", ["inception4a"])])
@torch.no_grad()
def test_all_of_a_node_from_another_input_gives_exactly_its_output_where_nothing_goes_around_it(name, nodes):
    recipe = NETWORKS.get(name) or zoo.recipe(name)
    model, batch = network.build(recipe.network, seed=1).eval(), batch_of(recipe)
    around = {"block3.attention"}  # the residual connection goes on with the values of the first
    for node in [node for node in nodes if node in dict(model.named_modules())]:
        here, there = resume_at(model, node, batch[:1]), resume_at(model, node, batch[1:])
        patched = here.run(there.output.clone())
        assert torch.equal(patched, model(batch[1:])) == (node not in around)


@torch.no_grad()
def test_a_branch_that_is_not_patched_keeps_the_values_of_the_input_here():
    model = network.build(zoo.get("resnet20"), seed=1).eval()
    first, second = torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32)
    node = "stage1_block2.relu1" if "stage1_block2.relu1" in dict(model.named_modules()) else "stage1_block2.conv2"
    here, there = resume_at(model, node, first), resume_at(model, node, second)
    handle = model.get_submodule(node).register_forward_hook(lambda _m, _i, _o: there.output.clone())
    expected = model(first)
    handle.remove()
    assert torch.equal(here.run(there.output.clone()), expected)
    assert not torch.allclose(expected, model(second)) and not torch.allclose(expected, model(first))


@torch.no_grad()
def test_each_channel_place_and_unit_is_a_pass_by_hand():
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(3 * 4 * 5, 2)).eval()
    first, second = torch.rand(1, 1, 6, 7), torch.rand(1, 1, 6, 7)
    maps, others = model[0](first), model[0](second)
    found = patch(resume_at(model, "0", first), others, difference)

    def by_hand(*box) -> float:
        changed = maps.clone()
        changed[(slice(None), *box)] = others[(slice(None), *box)]
        return (difference(model[1:](changed)) - difference(model[1:](maps))).item()
    every = slice(None)
    assert found.parts.tolist() == pytest.approx([by_hand(channel) for channel in range(3)], abs=1e-5)
    assert found.places.tolist() == [pytest.approx([by_hand(every, y, x) for x in range(5)], abs=1e-5)
                                     for y in range(4)]
    assert found.units[2, 1].tolist() == pytest.approx([by_hand(2, 1, x) for x in range(5)], abs=1e-5)
    assert found.before + found.change == pytest.approx(difference(model(second)).item(), abs=1e-6)
    few = patch(resume_at(model, "0", first), others, difference, most_bytes=1)
    assert few.everything == found.everything and not few.parts.numel() and not few.units.numel()


def test_shapes_that_do_not_agree_are_one_sentence():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten())
    with pytest.raises(BadValue, match="2×3×3 here and 2×4×4 there"):
        patch(resume_at(model, "0", torch.rand(1, 1, 5, 5)), torch.zeros(1, 2, 4, 4), difference)


def test_a_notebook_patches_from_the_second_sample_of_its_batch_and_needs_one():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(18, 3)).eval()
    batch = torch.rand(2, 1, 5, 5)
    found = run("patching", model, batch, node="0", of="2")
    assert found.everything == found.source == pytest.approx(predictor(model)(batch)[1, 2].item())
    with pytest.raises(NotApplicable, match="batch of two"):
        run("patching", model, batch[:1])


def test_a_node_that_the_other_network_lacks_is_a_sentence_about_that_one():
    here = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2))
    there = Subject(nn.Sequential(nn.Linear(4, 2)), torch.rand(1, 4))
    subject = Subject(here, torch.rand(1, 4), source=there)
    for probe in ("patching", "patching_everywhere"):
        with pytest.raises(NotApplicable, match="other network has no node called 1: choose a layer that both have"):
            compute_probe(PROBES.get(probe), subject, {"node": "1"})
        with pytest.raises(UnknownNode):
            compute_probe(PROBES.get(probe), subject, {"node": "9"})


def test_tokens_and_rows_are_patched_by_token_feature_and_unit():
    recipe = zoo.recipe("vit_digits")
    batch = batch_of(recipe)
    model = network.build(recipe.network, seed=1)
    own = Subject(model, batch, recipe, data.get(recipe.data.name, recipe.data.params).class_names)
    node = next(name for name in dict(model.named_children()) if name.startswith("block"))
    (found,) = compute_probe(PROBES.get("patching"), own, {"node": node})
    assert found.places.values.shape == (1, 17)
    assert found.units.values.shape == (1, 17, len(found.parts.values))
    (row,) = compute_probe(PROBES.get("patching"), subject(), {"node": "linear1"})
    assert len(row.parts.values) == 120 and row.places is None and row.units is None and row.note is None


def test_a_node_that_the_output_does_not_depend_on_changes_nothing():
    class Unused(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.used, self.unused = nn.Linear(4, 2), nn.Linear(4, 3)

        def forward(self, values: torch.Tensor) -> torch.Tensor:
            self.unused(values)
            return self.used(values)

    found = run("patching", Unused(), torch.rand(2, 4), node="unused", of="0")
    assert found.everything == found.before and not found.parts.values.any()


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    store = RunStore(tmp_path_factory.mktemp("patched"))
    recipe = zoo.recipe("lenet_relu").with_(data=Chosen("digits"), epochs=1, train_samples=256, threads=1, device="cpu")
    run_of = store.create(recipe)
    assert Session(run_of).execute().state == "finished"
    return Hub(lambda: store), run_of


def test_another_step_or_input_of_the_run_is_where_values_come_from(hub):
    hub, run_of = hub
    steps = frame_steps(run_of.frames_folder)
    before = hub.look(run_of, Asked.of({"step": steps[0]})).outputs
    after = hub.look(run_of, Asked.of({"step": steps[-1]})).outputs
    earlier = hub.look(run_of, Asked.of({"step": steps[-1], "source": {"step": steps[0]}}))
    (found,) = compute_probe(PROBES.get("patching"), earlier, {"node": "linear3" if "linear3" in dict(
        earlier.model.named_modules()) else list(dict(earlier.model.named_children()))[-1], "of": "3"})
    assert found.before == after[0, 3].item() and found.everything == found.source == before[0, 3].item()
    other = hub.look(run_of, Asked.of({"step": steps[-1], "source": {"step": steps[-1], "input": {"sample": 2}}}))
    (found,) = compute_probe(PROBES.get("patching"), other, {"node": "conv2", "of": "1"})
    expected = hub.look(run_of, Asked.of({"step": steps[-1], "input": {"sample": 2}})).outputs[0, 1].item()
    assert found.everything == expected and torch.equal(hub.look(run_of, Asked.of({"step": steps[-1]})).outputs, after)


def test_an_unknown_sample_is_a_sentence(hub):
    hub, run_of = hub
    with pytest.raises(NotApplicable, match="no test sample 99999"):
        compute_probe(PROBES.get("patching"), hub.look(run_of, Asked()), {"sample": 99999})


def test_what_is_the_same_here_and_there_changes_exactly_nothing() -> None:
    model, (one, other) = network.build(zoo.get("lenet_relu"), seed=0), torch.rand(2, 1, 1, 28, 28)
    other[..., :14, :] = one[..., :14, :]
    resumed = resume_at(model, "conv1", one)
    found = patch(resumed, resume_at(model, "conv1", other).output, lambda outputs: outputs[:, 3])
    assert not found.places[:11].any() and found.places[20:].any()
    assert not found.units[:, :11].any() and found.units[:, 20:].any()


def texts(tokens: int | None, **given) -> Subject:
    """A character network, which is looked at with two drawn texts."""
    recipe = zoo.recipe("char_transformer")
    model = network.build(recipe.network, seed=1)
    one, other = torch.randint(0, 20, (2, 1, 64), generator=torch.Generator().manual_seed(3))
    names = tuple(map(chr, range(97, 97 + model(one).shape[-1])))
    return Subject(model, one, recipe, names, tokens=tokens, **{"against": other, **given})


@pytest.mark.parametrize("tokens", [5, 64])
def test_the_answer_there_is_what_follows_the_second_texts_own_last_character(tokens):
    own = texts(tokens, against_tokens=tokens)
    (found,) = compute_probe(PROBES.get("patching"), own, {"node": "norm1"})
    here, there = predictor(own.model)(own.batch)[0, tokens - 1], predictor(own.model)(own.against)[0, tokens - 1]
    first, second = int(here.argmax()), int(there.argmax())
    assert found.answers == (own.class_names[first], own.class_names[second])
    expected = there[first] if first == second else there[second] - there[first]
    assert found.source == pytest.approx(expected.item(), abs=1e-5)


def test_texts_of_which_more_is_typed_in_one_are_refused():
    for own in (texts(5, against_tokens=9), texts(5), texts(5, against=None, source=texts(9))):
        with pytest.raises(NotApplicable, match="Take two texts of equal length"):
            compute_probe(PROBES.get("patching"), own, {"node": "norm1"})
    assert compute_probe(PROBES.get("patching"), texts(64), {"node": "norm1"})  # all of it is all of it


def test_the_second_text_of_a_question_is_read_as_far_as_it_was_typed(tmp_path):
    store = RunStore(tmp_path)
    recipe = zoo.recipe("char_rnn").with_(epochs=1, train_samples=64, threads=1, device="cpu")
    run_of = store.create(recipe)
    assert Session(run_of).execute().state == "finished"
    found = Hub(lambda: store).look(run_of, Asked.of({"input": {"tokens": 5}, "against": {"sample": 1, "tokens": 9}}))
    assert (found.tokens, found.against_tokens) == (5, 9)


def test_a_source_whose_answer_is_not_finite_is_a_sentence():
    diverged = subject()
    with torch.no_grad():
        diverged.model.conv1.weight.fill_(float("nan"))
    with pytest.raises(NotApplicable, match="not a finite number"):
        compute_probe(PROBES.get("patching"), subject(source=diverged), {"node": "conv2"})
