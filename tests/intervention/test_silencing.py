"""Costs of silencing are those behind a hook by hand; greedy silencing is the explicit loop."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from explorer import data, network, zoo
from explorer.hooks import predictor
from explorer.intervention import Intervention, intervened
from explorer.intervention.resuming import Resumed, resume_at
from explorer.intervention.silencing import parts_of, silence_greedily, units_of
from explorer.kinds import Chosen
from explorer.probes import PROBES, Canceled, NotApplicable, Subject, compute_probe, run
from explorer.probes.samples import judge
from tests.probes.test_probe_registry import SomeSamples, subject_of

RECIPE = zoo.recipe("lenet_relu").with_(data=Chosen("digits"))


class Samples(SomeSamples):
    """Six drawn images with targets that differ."""

    def __init__(self) -> None:
        self._inputs = torch.rand(6, 1, 28, 28, generator=torch.Generator().manual_seed(1))
        self._targets = torch.tensor([0, 1, 2, 3, 4, 5])


def subject(**given) -> Subject:
    samples = Samples()
    names = data.get("digits", {}).class_names
    return Subject(network.build(RECIPE.network, seed=2), samples.inputs([0]), RECIPE, names, samples=samples, **given)


def judged_without(own: Subject, node: str, channel: int | None) -> np.ndarray:
    """Loss and accuracy behind a hook written by hand."""
    def hook(_module, _inputs, output):
        output = output.clone()
        output[:, slice(None) if channel is None else channel] = 0
        return output

    handle = own.model.get_submodule(node).register_forward_hook(hook)
    outputs = predictor(own.model)(own.samples.inputs(slice(None)))
    handle.remove()
    found = judge(own.recipe, outputs, own.samples.targets(slice(None)), own.class_names)
    return np.array([found.loss.mean(), found.right.mean()])


def values_of(bars) -> dict[str, float]:
    return dict(zip(bars.labels, bars.values.tolist(), strict=True))


def test_channels_are_ranked_by_what_a_hook_by_hand_costs():
    own = subject()
    loss, accuracy, logit = compute_probe(PROBES.get("silencing_cost"), own, {"node": "conv2", "samples": 6})
    whole = judge(RECIPE, predictor(own.model)(own.samples.inputs(slice(None))), own.samples.targets(slice(None)),
                  own.class_names)
    for channel in range(16):
        expected = judged_without(own, "conv2", channel) - np.array([whole.loss.mean(), whole.right.mean()])
        assert values_of(loss)[str(channel)] == pytest.approx(expected[0], abs=1e-5)
        assert values_of(accuracy)[str(channel)] == pytest.approx(100 * expected[1], abs=1e-3)
    assert list(loss.values) == sorted(loss.values, reverse=True)
    assert list(accuracy.values) == sorted(accuracy.values) and list(logit.values) == sorted(logit.values)
    before = own.outputs[0]
    kept = (torch.arange(16) != 5)[:, None, None]
    handle = own.model.conv2.register_forward_hook(lambda _m, _i, output: output * kept)
    after = predictor(own.model)(own.batch)[0]
    handle.remove()
    assert values_of(logit)["5"] == pytest.approx((after - before)[before.argmax()].item(), abs=1e-5)


def test_layers_and_heads_are_ranked_as_a_whole():
    own = subject()
    loss, _accuracy, _logit = compute_probe(PROBES.get("silencing_cost"), own, {"what": "layers", "samples": 6})
    whole = judge(RECIPE, predictor(own.model)(own.samples.inputs(slice(None))), own.samples.targets(slice(None)),
                  own.class_names).loss.mean()
    assert "input" not in loss.labels
    assert values_of(loss)["linear1"] == pytest.approx(judged_without(own, "linear1", None)[0] - whole, abs=1e-5)
    vit = subject_of(zoo.recipe("vit_digits"))
    bars = compute_probe(PROBES.get("silencing_cost"), vit, {"what": "heads", "samples": 2})
    grids = compute_probe(PROBES.get("head_ablation"), vit, {"samples": 2})[0]
    assert len(bars[0].labels) == 16
    assert sorted(bars[0].values.tolist()) == pytest.approx(sorted(grids.grids[-1].values.flatten().tolist()), abs=1e-5)
    with pytest.raises(NotApplicable, match="no attention"):
        compute_probe(PROBES.get("silencing_cost"), own, {"what": "heads"})


def test_greedy_silencing_is_the_explicit_loop():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(96, 3)).eval()
    for seed in range(5):
        batch = torch.rand(1, 1, 6, 6, generator=torch.Generator().manual_seed(seed))
        with torch.no_grad():
            maps, rest = model[0](batch), model[1:]
            answer = rest(maps)[0].argmax().item()
            order, margins, end = [], [margin(rest(maps)[0], answer)], answer
            while end == answer and len(order) < 6:
                trials = {channel: rest(without(maps, [*order, channel]))[0]
                          for channel in range(6) if channel not in order}
                best = min(trials, key=lambda channel: margin(trials[channel], answer))
                order.append(best)
                margins.append(margin(trials[best], answer))
                end = trials[best].argmax().item()
        found = silence_greedily(resume_at(model, "0", batch), parts_of((6, 4, 4)), lambda outputs: outputs)
        assert (found.answer, found.end, list(found.order)) == (answer, end, order)
        assert found.margins == pytest.approx(margins, abs=1e-5)


def without(maps: torch.Tensor, channels: list[int]) -> torch.Tensor:
    changed = maps.clone()
    changed[:, channels] = 0
    return changed


def margin(logits: torch.Tensor, answer: int) -> float:
    return (logits[answer] - max(value for place, value in enumerate(logits) if place != answer)).item()


def test_the_page_tells_the_number_of_single_units_that_were_tried_and_the_median_over_samples():
    own = subject()
    with torch.no_grad():
        own.model.conv2.weight.mul_(20)  # so that the answer hangs on it
    finding, curves, bars = compute_probe(PROBES.get("greedy_silencing"), own, {"node": "conv2", "samples": 6})
    note = str(finding.sentence)
    assert "1,600" in note and "16 channels of conv2" in note and "Over 6 test samples the median is" in note
    assert bars.values.sum() == 6 and len(curves.curves) == 1
    assert bars.highlight is not None


def test_every_unit_of_an_output_is_listed_once_and_tokens_have_features():
    assert len(set(units_of((2, 3, 4)))) == 24
    assert parts_of((3, 2)) == [(None, 0), (None, 1)]
    assert parts_of(()) == [] == units_of(())


def test_numbers_have_no_answer_to_change_and_a_notebook_needs_no_test_samples():
    recipe = zoo.recipe("linear_regression")
    assert "predicts numbers" in str(PROBES.get("greedy_silencing").refuses(recipe, network.analyze(recipe.network)))
    with pytest.raises(NotApplicable, match="predicts numbers"):
        compute_probe(PROBES.get("greedy_silencing"), subject_of(recipe), {})
    line = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    bars = run("silencing_cost", line, torch.rand(1, 4), node="1")
    assert bars.labels and set(bars.labels) == {"0", "1", "2"}
    _finding, curves = run("greedy_silencing", line, torch.rand(1, 4), node="1")
    assert curves.curves


@pytest.mark.parametrize("probe", ["silencing_cost", "greedy_silencing", "patching_everywhere"])
def test_a_cancel_ends_the_work_and_leaves_nothing_on_the_network(probe):
    def cancel(share: float) -> None:
        raise Canceled

    own = subject(report=cancel)
    with pytest.raises(Canceled):
        compute_probe(PROBES.get(probe), own, {"node": "conv2"})
    assert not any("forward" in module.__dict__ or module._forward_hooks for module in own.model.modules())


def test_samples_of_a_pass_fit_the_memory_and_costs_do_not_depend_on_how_many_they_are(monkeypatch):
    sizes, own = [], subject()
    inputs_of = own.samples.inputs
    monkeypatch.setattr(own.samples, "inputs", lambda places: sizes.append(len(places)) or inputs_of(places))
    whole = compute_probe(PROBES.get("silencing_cost"), own, {"node": "conv2", "samples": 6})
    assert sizes == [6]
    bytes_of_one = network.analyze(RECIPE.network).total_activation_bytes
    monkeypatch.setattr("explorer.probes.silencing_cost.MOST_BYTES", 2 * bytes_of_one)
    by_two = compute_probe(PROBES.get("silencing_cost"), own, {"node": "conv2", "samples": 6})
    assert sizes == [6, 2, 2, 2]
    for one, other in zip(whole, by_two, strict=True):
        assert values_of(one) == pytest.approx(values_of(other), abs=1e-4)


@pytest.mark.parametrize(("probe", "options"), [
    ("silencing_cost", {"what": "layers"}), ("silencing_cost", {"node": "conv2"}), ("greedy_silencing", {})])
def test_progress_is_reported_between_any_two_passes_and_never_falls(probe, options, monkeypatch):
    shares, passes = [], []
    own = subject(report=shares.append)
    monkeypatch.setattr("explorer.intervention.resuming.MOST_BYTES", 1)  # one row a pass
    run_on = Resumed.run
    monkeypatch.setattr(Resumed, "run", lambda self, values: passes.append(len(shares)) or run_on(self, values))
    compute_probe(PROBES.get(probe), own, {**options, "samples": 2})
    waits = np.diff(passes) == 0  # passes after each of which nothing was reported
    assert shares == sorted(shares) and shares[-1] == pytest.approx(1)
    if probe == "greedy_silencing":
        assert not waits.any()
    else:
        assert not waits[-8:].any()  # those of this input


def test_one_logit_is_the_answer_of_two_classes():
    model, batch = nn.Linear(3, 1), torch.randn(1, 3)
    answer, second = run("silence", model, batch), torch.sigmoid(model(batch)).item()
    assert answer.names == ("0", "1")
    assert answer.shares.tolist() == pytest.approx([1 - second, second], abs=1e-6)


@pytest.mark.parametrize("probe", ["silencing_cost", "greedy_silencing", "patching", "patching_everywhere"])
def test_a_diverged_network_is_a_sentence(probe):
    from explorer.inspection import compute_outcome

    own = subject()
    with torch.no_grad():
        own.model.conv1.weight.fill_(float("nan"))
    outcome = compute_outcome(PROBES.get(probe), own, {"node": "conv2"})
    assert not outcome.results and "not a finite number. Choose an earlier step" in str(outcome.sentence)
    too_far = subject(interventions=tuple(Intervention(node, (), "scale", 3e38) for node in ("conv1", "conv2")))
    with intervened(too_far.model, too_far.interventions):
        outcome = compute_outcome(PROBES.get(probe), too_far, {"node": "conv2"})
    assert not outcome.results and "Undo what is silenced, forced or scaled" in str(outcome.sentence)


def test_an_answer_that_is_not_finite_is_no_error():
    line = nn.Linear(3, 2)
    nn.init.constant_(line.weight, float("nan"))
    assert np.isnan(run("silence", line, torch.rand(1, 3)).numbers).all()


def test_a_sample_without_a_finite_answer_is_not_counted():
    own = subject()
    own.samples._inputs[3] = float("nan")
    finding, _curves, bars = compute_probe(PROBES.get("greedy_silencing"), own, {"node": "conv2", "samples": 6})
    assert bars.values.sum() == 5 and "5 test samples" in str(finding.sentence)


def test_a_text_that_is_partly_typed_does_not_shorten_the_test_samples():
    recipe = zoo.recipe("char_transformer")
    whole = subject_of(recipe)
    typed = replace(whole, tokens=5)
    counts = [compute_probe(PROBES.get("greedy_silencing"), own, {"node": "norm1", "samples": 2})[2]
              for own in (whole, typed)]
    assert counts[0].labels == counts[1].labels and (counts[0].values == counts[1].values).all()
