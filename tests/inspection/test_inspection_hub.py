"""The hub answers questions about runs: the probe's own numbers, for many who ask at once, with bounded memory."""

from __future__ import annotations

import io
import shutil
import threading

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch.nn.modules.module import register_module_forward_hook

from explorer import data, network, probes, zoo
from explorer.hooks import predictor
from explorer.inspection import Asked, Hub, InputAsked, models
from explorer.inspection.edits import WeightEdit, apply_edits
from explorer.inspection.held_out import held_out
from explorer.inspection.inputs import Inputs
from explorer.inspection.models import Models
from explorer.intervention import MEAN, Intervention, intervened, mean_outputs
from explorer.kinds import Chosen
from explorer.live.message import pack_message, unpack_message
from explorer.network import BuiltNetwork
from explorer.results.packing import unpack
from explorer.spec import BadValue, UnknownName
from explorer.training import RunStore, Session
from explorer.training.records.checkpoints import frame_path, frame_steps, load_frame
from explorer.training.runs.store import UnknownRun


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return RunStore(tmp_path_factory.mktemp("looked_at"))


def train(store, name, **settings):
    run = store.create(zoo.recipe(name).with_(epochs=1, threads=1, device="cpu", **settings))
    assert Session(run).execute().state == "finished"
    return run


@pytest.fixture(scope="module")
def run(store):
    return train(store, "lenet_relu", train_samples=512)


@pytest.fixture
def hub(store):
    return Hub(lambda: store)


def results(answer):
    arrays, meta = unpack_message(answer.body)
    return unpack(arrays, meta["results"])


def model_at(run, step):
    model = network.build(run.recipe.network)
    model.load_state_dict(load_frame(run.frames_folder, step))
    return model.eval()


def image(place, run):
    return held_out(run.recipe).inputs([place])


@pytest.mark.parametrize("sample", [0, 5])
def test_the_answer_is_the_models_own_at_every_step(hub, run, sample):
    for step in frame_steps(run.frames_folder)[::4]:
        (bars,) = results(hub.answer(run.id, "probabilities", Asked(step, InputAsked(sample)), str))
        own = model_at(run, step)(image(sample, run)).softmax(1)[0]
        assert bars.values == pytest.approx(own.detach().numpy(), abs=1e-6)


def test_a_step_between_two_kept_ones_is_the_one_before(hub, run):
    first, second = frame_steps(run.frames_folder)[-2:]
    for asked, shown in ((second - 1, first), (second, second), (10**9, second), (None, second)):
        assert unpack_message(hub.answer(run.id, "probabilities", Asked(asked), str).body)[1]["step"] == shown


def test_an_input_that_was_sent_is_known_by_its_hash_afterwards(hub, run):
    pixels = np.random.default_rng(0).random((1, 28, 28), np.float32)
    sent = hub.answer(run.id, "probabilities", Asked(input=InputAsked(pixels=pixels)), str)
    key = unpack_message(sent.body)[1]["hash"]
    again = hub.answer(run.id, "probabilities", Asked(input=InputAsked(None, key)), str)
    assert np.array_equal(results(sent)[0].values, results(again)[0].values)
    own = model_at(run, frame_steps(run.frames_folder)[-1])(torch.from_numpy(pixels)[None]).softmax(1)[0]
    assert results(sent)[0].values == pytest.approx(own.detach().numpy(), abs=1e-6)


def test_an_edited_sample_keeps_the_target_of_the_one_it_was_made_of(hub, run):
    pixels, named = image(7, run)[0].numpy() / 2, held_out(run.recipe)

    def known(edited):
        return results(hub.answer(run.id, "input", Asked(input=InputAsked(pixels=pixels, edited=edited)), str))[0]

    assert [known(edited).target for edited in (7, 3, None)] == [named.target_name(7), named.target_name(3), ""]
    with pytest.raises(BadValue, match="no test sample"):
        known(len(named))
    asked = Asked.of({"input": {"hash": "x", "edited": 7}})
    assert asked.input.edited == 7


@pytest.mark.parametrize("pixels", [np.zeros((1, 27, 28), np.float32), np.full((1, 28, 28), np.nan, np.float32),
                                    np.zeros((), np.float32)])
def test_an_input_of_another_form_is_a_sentence(hub, run, pixels):
    with pytest.raises(BadValue, match="This network takes"):
        hub.answer(run.id, "probabilities", Asked(input=InputAsked(pixels=pixels)), str)


@pytest.mark.parametrize(("asked", "error"), [
    (Asked(input=InputAsked(sample=10**6)), BadValue), (Asked(input=InputAsked(None, "nothing")), BadValue)])
def test_an_input_that_is_not_there_is_a_sentence(hub, run, asked, error):
    with pytest.raises(error):
        hub.answer(run.id, "probabilities", asked, str)


def test_unknown_runs_and_probes_and_damaged_steps_are_named(hub, store, run):
    with pytest.raises(UnknownRun):
        hub.answer("f" * 32, "probabilities", Asked(), str)
    with pytest.raises(UnknownName):
        hub.answer(run.id, "palm_reading", Asked(), str)
    copy = store.folder / ("d" * 32)
    shutil.copytree(run.folder, copy)
    last = frame_steps(copy / "frames")[-1]
    frame_path(copy / "frames", last).write_bytes(b"broken")
    damaged = hub.answer("d" * 32, "probabilities", Asked(), str)
    assert damaged.is_problem and "damaged" in str(damaged.sentence)
    assert hub.answer("d" * 32, "probabilities", Asked(0), str).body


def test_a_block_or_option_that_is_not_there_is_a_sentence_of_the_probe(hub, run):
    inside = hub.answer(run.id, "feature_maps", Asked(inside="nowhere"), str)
    assert str(inside.sentence) == "This network has no node called nowhere. Choose another."
    option = hub.answer(run.id, "feature_maps", Asked(options={"nodes": 3}), str)
    assert option.is_problem and "There is no setting called" in str(option.sentence)


def test_numbers_can_be_had_as_a_file_of_arrays(hub, run):
    answer = hub.answer(run.id, "feature_maps", Asked(format="npz"), str)
    with np.load(io.BytesIO(answer.body)) as file:
        grids = results(hub.answer(run.id, "feature_maps", Asked(), str))
        assert list(file) == [f"{grid.title}.values" for grid in grids]
        assert all(np.array_equal(file[f"{grid.title}.values"], grid.values) for grid in grids)


def test_a_second_question_about_the_same_look_takes_no_further_pass(hub, run):
    passes = []
    handle = register_module_forward_hook(
        lambda module, *_: passes.append(module) if isinstance(module, BuiltNetwork) else None)
    try:
        for _again in range(3):
            hub.answer(run.id, "feature_maps", Asked(), str)
            hub.answer(run.id, "probabilities", Asked(), str)
    finally:
        handle.remove()
    assert len(passes) == 1


def test_a_change_by_hand_reads_no_frame_again_and_its_undo_gives_the_frames_own_weights(hub, run, monkeypatch):
    step, loaded = frame_steps(run.frames_folder)[-1], []
    monkeypatch.setattr(models, "load_frame", lambda folder, at: loaded.append(at) or load_frame(folder, at))
    own, x = model_at(run, step), held_out(run.recipe).inputs([0])
    edited = model_at(run, step)
    edits = (WeightEdit("conv1.weight", (0, 0, 1, 1), (1, 1, 2, 2), (1.0, 2.0, 3.0, 4.0)),
             WeightEdit("conv1.weight", (0, 0, 2, 2), (1, 1, 1, 1), (9.0,)))
    apply_edits(edited, edits)
    for model, given in ((own, ()), (edited, edits), (own, ()), (edited, edits), (edited, edits[:1] + edits[1:])):
        subject = hub.look(run, Asked(step=step, edits=given))
        with subject.held() as shared, torch.no_grad():
            assert torch.equal(shared(x), model(x))
    with pytest.raises(BadValue), hub.look(run, Asked(edits=(WeightEdit("conv9", (), (), (1.0,)),))).held():
        pass
    with hub.look(run, Asked(step=step)).held() as shared:
        assert all(torch.equal(weight, own.state_dict()[name]) for name, weight in shared.state_dict().items())
    assert loaded == [step]


def test_many_who_look_at_many_steps_at_once_each_get_their_own(hub, run):
    steps = frame_steps(run.frames_folder)
    alone = {step: results(hub.answer(run.id, "probabilities", Asked(step), str))[0].values for step in steps}
    wrong = []

    def look(seed):
        for step in np.random.default_rng(seed).permutation(steps)[:12]:
            got = results(hub.answer(run.id, "probabilities", Asked(int(step)), str))[0].values
            if not np.array_equal(got, alone[int(step)]):
                wrong.append(step)

    threads = [threading.Thread(target=look, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_probe_that_raises_leaves_no_hook_on_the_network_of_all(hub, run, monkeypatch):
    def breaks(subject):
        subject.model.conv1.register_forward_hook(lambda *_: None)
        raise RuntimeError("broken")

    spec = probes.PROBES.get("probabilities")
    monkeypatch.setitem(probes.PROBES._entries, "probabilities", type(spec)(**{**vars(spec), "compute": breaks}))
    assert "could not be computed" in str(hub.answer(run.id, "probabilities", Asked(), str).sentence)
    assert not hub.look(run, Asked()).model.conv1._forward_hooks


def test_the_third_network_after_two_big_ones_finds_them_gone(store, run):
    other = train(store, "mlp", train_samples=256)
    third = train(store, "softmax_regression", train_samples=256)
    kept = Models(most_bytes=300_000)
    for each in (run, other, third):
        kept.of(each)
    assert kept.size_bytes <= 300_000
    assert kept.of(third) is kept.of(third) and kept.keeps(kept.of(third).model)


def test_networks_that_values_are_taken_from_are_kept_once_and_counted(hub, store, run):
    other, (first, *_, last) = train(store, "mlp", train_samples=64), frame_steps(run.frames_folder)
    plain = hub.look(run, Asked())
    alone = hub.models.size_bytes
    for step, sample in ((first, 0), (first, 3), (last - 1, 3)):
        subject = hub.look(run, Asked.of({"source": {"step": step, "input": {"sample": sample}}}))
        assert subject.model is plain.model and subject.source.model is not plain.model
        at = max(each for each in frame_steps(run.frames_folder) if each <= step)
        assert torch.equal(subject.source.outputs, predictor(model_at(run, at))(image(sample, run)))
        assert hub.models.size_bytes == 2 * alone
    same = hub.look(run, Asked.of({"source": {"input": {"sample": 3}}}))
    assert same.source.model is same.model and hub.models.size_bytes == 2 * alone
    hub.look(run, Asked.of({"source": {"run": other.id}}))
    hub.look(run, Asked.of({"source": {"run": other.id, "input": {"sample": 2}}}))
    assert hub.models.size_bytes == 2 * alone + hub.models.of(other, is_source=True).size_bytes
    hub.models._most_bytes = 1
    hub.look(other, Asked())
    assert hub.models.size_bytes == hub.models.of(other).size_bytes and len(hub._subjects) == 1


def test_two_who_each_take_values_from_the_others_network_wait_for_no_one_forever(hub, store, run):
    other = train(store, "lenet_relu", train_samples=64, seed=5)
    both, found = threading.Barrier(2), []

    def look(here, there):
        subject = hub.look(here, Asked.of({"source": {"run": there.id}}))
        with subject.held():
            both.wait(60)
            found.append(subject.source.outputs)

    threads = [threading.Thread(target=look, args=each, daemon=True) for each in ((run, other), (other, run))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 2


def test_inputs_of_all_are_bounded_and_the_newest_stays(run):
    kept = Inputs(most_bytes=5 * 28 * 28 * 4)
    keys = [kept.keep(np.full((1, 28, 28), place, np.float32), run.recipe) for place in range(9)]
    with pytest.raises(BadValue, match="not kept any more"):
        kept.find(InputAsked(None, keys[0]), run.recipe)
    assert kept.find(InputAsked(None, keys[-1]), run.recipe).batch.unique().tolist() == [8]


@pytest.mark.parametrize("meta", [
    {"step": -1}, {"step": 1.5}, {"step": True}, {"input": ["x"]}, {"input": {"sample": "1"}},
    {"options": {"a" * 500: 1}},
    {"input": {"changes": {"blur": "1"}}}, {"input": {"changes": {"blur": float("inf")}}}, {"inside": 3}, [], None, "x",
    {"input": {"changes": {str(place): 1 for place in range(99)}}}, {"options": [1]}, {"version": "1"},
    {"source": 5}, {"source": {"input": 5}}, {"source": {"run": 5}}, {"input": 5}, {"input": {"changes": 5}},
    {"against": "x"}, {"options": 5}, {"edits": 5}, {"edits": [5]}, {"interventions": 5}, {"interventions": [5]},
])
def test_a_question_that_is_not_well_formed_is_a_sentence(meta):
    try:
        body = pack_message({}, meta)
    except ValueError:
        body = b"\x04\0\0\0\0\0\0\0null"
    with pytest.raises(BadValue, match="could not be read"):
        Asked.read(body)
    with pytest.raises(BadValue, match="could not be read"):
        Asked.of(meta)


@pytest.mark.parametrize("body", [b"", b"x", b"\xff" * 40, b"\x02\0\0\0\0\0\0\0{}", pack_message({}, {})[:-3]])
def test_bytes_that_are_no_question_are_a_sentence(body):
    with pytest.raises(BadValue, match="could not be read"):
        Asked.read(body)


def test_an_input_of_one_network_is_none_of_another_of_the_same_numbers(hub, store, run):
    flat = train(store, "mlp", train_samples=64)
    pixels = np.random.default_rng(1).random((1, 28, 28), np.float32)
    (first,) = results(hub.answer(run.id, "probabilities", Asked(input=InputAsked(pixels=pixels)), str))
    key = hub.inputs.keep(pixels, run.recipe)
    hub.inputs.keep(pixels.astype(np.float64), run.recipe)
    with pytest.raises(BadValue, match="takes 1×28×28 numbers, not 784"):
        hub.inputs.keep(pixels.reshape(-1), run.recipe)
    assert hub.answer(flat.id, "probabilities", Asked(input=InputAsked(None, key)), str).body
    (again,) = results(hub.answer(run.id, "probabilities", Asked(0, InputAsked(None, key)), str))
    assert again.values.shape == first.values.shape


def test_a_diverged_network_is_shown_by_every_probe(hub, store, run):
    folder = store.folder / ("e" * 32)
    shutil.copytree(run.folder, folder)
    step = frame_steps(folder / "frames")[-1]
    for broken in (float("nan"), float("inf")):
        weights = load_frame(folder / "frames", step)
        weights["conv1.weight"][0] = broken
        save_file(weights, frame_path(folder / "frames", step))
        for probe in probes.PROBES:
            if probe.cost == probes.ON_REQUEST or probe.name in ("next_token", "generated_text", "prediction"):
                continue
            if probe.refuses(run.recipe, network.analyze(run.recipe.network)):
                continue
            follows_a_unit = probe.name in ("operation", "unit_path", "backward")
            options = {"node": "conv2", "unit": (0, 1, 1)} if follows_a_unit else {}
            answer = hub.answer("e" * 32, probe.name, Asked(options=options), str)
            assert answer.body or "finite number" in str(answer.sentence), (probe.name, str(answer.sentence))


def test_samples_are_fitted_when_they_are_asked_for(store):
    part = held_out(zoo.recipe("googlenet").with_(data=Chosen("digits")))
    assert part.part.inputs.shape[1:] == (1, 8, 8)
    whole = data.fit(part.part, (1, 96, 96), part.dataset)[0]
    assert torch.equal(part.inputs([3, 11]), data.to_float(whole.inputs[[3, 11]]))
    assert torch.equal(part.inputs(slice(5, 7)), data.to_float(whole.inputs[5:7]))


@pytest.mark.parametrize("values", [np.array([0] * 31 + [-1]), np.array([0] * 31 + [10**6]),
                                    np.zeros(32, np.float32)])
def test_tokens_that_no_text_has_are_a_sentence(values):
    with pytest.raises(BadValue, match="characters by their numbers"):
        Inputs().keep(values, zoo.recipe("char_rnn"))


def test_every_array_of_a_file_is_named_by_what_it_is_of(hub, run):
    overview = hub.answer(run.id, "overview", Asked(format="npz", options={"quantity": "norm"}), str)
    operation = hub.answer(run.id, "operation", Asked(format="npz", options={"node": "conv2", "unit": (1, 2, 3)}), str)
    with np.load(io.BytesIO(overview.body)) as file:
        assert any("conv2" in name for name in file) and not any(name.split(".")[0].isdigit() for name in file)
        assert all(file[name].size for name in file)
    with np.load(io.BytesIO(operation.body)) as file:
        assert {"conv2.operands.weight.values", "conv2.output.values"} <= set(file)


def test_what_is_silenced_is_so_for_its_own_question_alone_with_means_over_test_samples(hub, run):
    step, x = frame_steps(run.frames_folder)[-1], held_out(run.recipe).inputs([0])
    own = model_at(run, step)
    for index, action in (((3,), "zero"), ((), "zero"), ((3,), "scale"), ((3,), "scale")):
        asked = Asked.of({"step": step, "interventions": [
            {"node": "conv1", "index": list(index), "action": action, "value": 2.0}]})
        with intervened(own, asked.interventions), torch.no_grad():
            expected = own(x)
        subject = hub.look(run, asked)
        assert torch.equal(subject.outputs, expected)
        with subject.held() as once, subject.held():
            assert torch.equal(predictor(once)(x), expected)
    for node in ("conv9", "conv1"):
        wrong = hub.answer(run.id, "probabilities", Asked(interventions=(Intervention(node, (99,)),)), str)
        assert wrong.is_problem and node in str(wrong.sentence)
    mean = hub.look(run, Asked(step=step, interventions=(Intervention("conv1", (), MEAN),)))
    samples = held_out(run.recipe)
    places = sorted({round(place) for place in np.linspace(0, len(samples) - 1, min(128, len(samples)))})
    assert torch.allclose(mean.activations(["conv1"])["conv1"][0],
                          mean_outputs(own, ["conv1"], samples.inputs(places))["conv1"], atol=1e-6)
    assert torch.equal(hub.look(run, Asked(step=step)).outputs, predictor(own)(x))
    with hub.look(run, Asked(step=step)).held() as shared:
        assert not any(module._forward_hooks for module in shared.modules())
