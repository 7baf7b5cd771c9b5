"""Trust probes agree with loops written out, find what they should find, and explain what they cannot do."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explorer import data, network, zoo
from explorer.inspection.held_out import held_out
from explorer.kinds import Chosen
from explorer.probes import PROBES, Canceled, NotApplicable, Retrained, Subject, compute_probe, run
from explorer.results import Bars, Curves, Finding, HeadGrids
from explorer.spec import BadValue
from tests.probes.test_probe_registry import NETWORKS, generators, subject_of

DIGITS = zoo.recipe("lenet_relu").with_(data=Chosen("digits"))
NAMES = ("deletion_insertion", "sanity_check", "method_agreement", "infidelity_sensitivity")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Have one thread compute: two wait for each other where the machine is busy."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@cache
def trained(seed: int) -> nn.Module:
    """LeNet with max pooling and ReLU after three epochs of digits."""
    dataset, (train, _test) = data.get("digits", {}), data.load("digits", {})
    inputs = data.to_float(data.fit(train, (1, 28, 28), dataset)[0].inputs.clone())
    model, drawn = network.build(DIGITS.network, seed=seed), torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
    for _epoch in range(3):
        for batch in torch.randperm(len(inputs), generator=drawn).split(32):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(inputs[batch]), train.targets[batch]).backward()
            optimizer.step()
    return model.eval()


def digits_subject(**more: object) -> Subject:
    samples = held_out(DIGITS)
    return Subject(trained(0), samples.inputs([0]), DIGITS, samples.class_names, samples=samples,
                   retrained=lambda: Retrained(1, trained(1).state_dict()), weights_key="digits", **more)


def computed(name: str, subject: Subject, **options: object) -> tuple:
    return compute_probe(PROBES.get(name), subject, options)


def gradient(model: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
    rows = inputs.clone().requires_grad_()
    return torch.autograd.grad(model(rows).gather(1, targets[:, None]).sum(), rows)[0]


def guided_gradient(model: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
    """Only what is positive on its way back passes a ReLU."""
    guided = copy.deepcopy(model)
    for module in guided.modules():
        if isinstance(module, nn.ReLU):
            module.register_full_backward_hook(lambda _module, inputs, _outputs: (inputs[0].clamp(min=0),))
    return gradient(guided, inputs, targets)


def mean_rank_correlation(one: Tensor, other: Tensor) -> float:
    stats = pytest.importorskip("scipy.stats")
    return float(np.mean([stats.spearmanr(a.flatten(), b.flatten()).statistic
                          for a, b in zip(one, other, strict=True)]))


def with_three_random_layers() -> nn.Module:
    model = copy.deepcopy(trained(0))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for name in ("linear1", "linear2", "linear3"):
            model.get_submodule(name).reset_parameters()
    return model


def test_guided_backprop_hardly_notices_three_random_layers_and_saliency_does():
    model, other, changed = trained(0), trained(1), with_three_random_layers()
    inputs = held_out(DIGITS).inputs(range(64))
    targets = model(inputs).argmax(1)
    by_hand = {kind: [mean_rank_correlation(explain(model, inputs, targets), explain(each, inputs, targets))
                      for each in (changed, other)] for kind, explain in
               (("guided", guided_gradient), ("saliency", gradient))}
    assert by_hand["guided"][0] >= 0.6
    assert abs(by_hand["saliency"][0]) <= 0.15
    assert 0.4 < by_hand["saliency"][1] < 0.7 and 0.4 < by_hand["guided"][1] < 0.75


@pytest.mark.parametrize(("method", "low", "high"), [("guided_backprop", 0.6, 1.0), ("saliency", -0.15, 0.15),
                                                     ("input_x_gradient", -0.15, 0.15)])
def test_the_sanity_check_finds_who_notices_random_layers(method, low, high):
    finding, curves = computed("sanity_check", digits_subject(), method=method, samples=32)
    (curve,) = curves.curves
    assert curve.x.tolist() == [0, 1, 2, 3, 4, 5]
    assert curve.y[0] == 1.0
    assert low <= curve.y[3] <= high
    assert 0.4 < curves.references[0].y < 0.8
    words = str(finding.sentence)
    assert ("With 3 of 5 layers random, Guided backprop hardly changes" in words) == (method == "guided_backprop")
    assert ("as it should" in words) == (method != "guided_backprop")


def test_magnitudes_of_input_times_gradient_are_alike_with_everything_random():
    """What is black has no attribution, whatever the weights: without the sign nothing is learned from ranks."""
    model, random = trained(0), network.build(DIGITS.network, seed=7).eval()
    inputs = held_out(DIGITS).inputs(range(32))
    targets = model(inputs).argmax(1)
    one, other = (gradient(each, inputs, targets) * inputs for each in (model, random))
    assert mean_rank_correlation(one.abs(), other.abs()) > 0.95
    assert abs(mean_rank_correlation(one, other)) < 0.15


def test_the_sanity_check_is_that_of_a_loop_over_layers():
    subject = digits_subject()
    _finding, curves = computed("sanity_check", subject, method="saliency", samples=4, seed=3)
    places = np.linspace(0, len(subject.samples) - 1, 4).round().astype(int).tolist()
    inputs = subject.samples.inputs(places)
    targets = trained(0)(inputs).argmax(1)
    fresh = network.build(DIGITS.network, network.derive_seed(3, "sanity check"), DIGITS.init.spelled).state_dict()
    changed, wanted = copy.deepcopy(trained(0)), [1.0]
    for name in ("linear3", "linear2", "linear1", "conv2", "conv1"):
        changed.load_state_dict({**changed.state_dict(), **{key: value for key, value in fresh.items()
                                                            if key.startswith(f"{name}.")}})
        wanted.append(mean_rank_correlation(gradient(trained(0), inputs, targets), gradient(changed, inputs, targets)))
    assert curves.curves[0].y.tolist() == pytest.approx(wanted, abs=1e-6)


def test_agreement_is_that_of_ranks_by_scipy():
    batch, model = torch.rand(5, 1, 28, 28), network.build(DIGITS.network, seed=2).eval()
    _finding, grid = run("method_agreement", model, batch, target="3")
    rows, values = list(grid.rows), grid.grids[0].values
    slopes = gradient(model, batch, torch.full((5,), 3))
    wanted = mean_rank_correlation(slopes, slopes * batch)
    place = rows.index("Saliency"), rows.index("Input × gradient")
    assert values[place] == pytest.approx(wanted, abs=0.0051)  # two decimals are shown
    assert rows[-1] == "Random"
    known = values[np.isfinite(values).any(1)][:, np.isfinite(values).any(1)]
    assert np.allclose(known, known.T, atol=1e-6)
    assert np.allclose(known.diagonal(), 1.0, atol=1e-6)
    assert np.abs(known[-1, :-1]).max() < 0.1


def test_deletion_follows_the_probability_of_the_class_that_is_explained():
    subject = digits_subject()
    _finding, deletion, insertion = computed("deletion_insertion", subject, target="3", method="saliency")
    with torch.no_grad():
        ends = [trained(0)(each).softmax(1)[0, 3].item() for each in (subject.batch, torch.zeros(1, 1, 28, 28))]
    assert deletion.curves[0].y[[0, -1]].tolist() == pytest.approx(ends, abs=1e-6)
    assert insertion.curves[0].y[[-1, 0]].tolist() == pytest.approx(ends, abs=1e-6)
    assert str(deletion.y_axis) == "the probability of 3"
    _finding, deletion, _insertion = computed("deletion_insertion", subject, target="4-9", method="saliency")
    with torch.no_grad():
        logits = trained(0)(subject.batch)[0]
    assert deletion.curves[0].y[0] == pytest.approx((logits[4] - logits[9]).item(), abs=1e-5)
    assert deletion.y_range is None


@pytest.mark.parametrize("target", [0, 1])
@pytest.mark.parametrize("ending", [nn.Identity(), nn.Flatten(0)])
def test_of_one_logit_the_probabilities_of_both_classes_are_followed(target, ending):
    model, batch = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 1), ending), torch.rand(2, 4)
    _finding, deletion, _insertion = run("deletion_insertion", model, batch, target=target)
    second = torch.sigmoid(model(batch).flatten()[0]).item()
    assert deletion.curves[0].y[0] == pytest.approx((1 - second, second)[target], abs=1e-6)
    assert str(deletion.y_axis) == f"the probability of {target}"


def test_deletion_follows_a_class_by_its_name_with_a_hyphen_and_a_difference_of_names():
    model, batch = nn.Linear(4, 3), torch.rand(1, 4)
    subject = Subject(model, batch, class_names=("cat", "dog", "T-shirt"))
    logits = model(batch)[0]
    for target, what, expected in (
            ("dog", "the probability of dog", logits.softmax(0)[1]),
            ("T-shirt", "the probability of T-shirt", logits.softmax(0)[2]),
            ("T-shirt-cat", "the logit of T-shirt minus the logit of cat", logits[2] - logits[0])):
        _finding, deletion, _insertion = computed("deletion_insertion", subject, target=target)
        assert str(deletion.y_axis) == what
        assert deletion.curves[0].y[0] == pytest.approx(expected.item(), abs=1e-5)


def test_good_attributions_of_a_trained_network_are_better_than_every_random_order():
    finding, deletion, insertion = computed("deletion_insertion", digits_subject())
    method, random = (next(each for each in deletion.curves if each.role == role and not each.raw)
                      for role in ("run", "ideal"))
    assert method.y.mean() < random.y.mean()
    assert sum(each.raw for each in insertion.curves) == 8
    assert "better than every random order" in str(finding.sentence)


def test_infidelity_ranks_an_attribution_that_adds_up_above_a_random_one():
    _finding, infidelity, sensitivity = computed("infidelity_sensitivity", digits_subject(), method="input_x_gradient",
                                                 samples=4)
    assert infidelity.labels == sensitivity.labels == ("Input × gradient", "Random")
    assert infidelity.values[0] < 60 < infidelity.values[1] <= 100
    assert 0 < sensitivity.values[0] < 100 < sensitivity.values[1]


def test_of_many_methods_the_areas_are_compared():
    results = computed("deletion_insertion", digits_subject(), method="all", steps=4)
    assert [type(each) for each in results] == [Finding, Bars, Bars]
    assert results[1].labels[-1] == "Random" and results[1].highlight == len(results[1].labels) - 1


def test_without_another_run_the_sanity_check_asks_for_one():
    finding, *rest = computed("sanity_check", replace(digits_subject(), retrained=lambda: None), method="saliency",
                              samples=2)
    assert "train one" in str(finding.sentence)
    assert not rest[0].references


def test_a_network_trained_from_another_seed_that_no_longer_fits_is_no_reference():
    subject = replace(digits_subject(), retrained=lambda: Retrained(1, {"conv1.weight": torch.zeros(1)}))
    finding, _curves = computed("sanity_check", subject, method="saliency", samples=2)
    assert "train one" in str(finding.sentence)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_question_has_the_same_answer_and_generators_stay(name):
    options = {} if name == "method_agreement" else {"method": "saliency"}
    options |= {} if name == "deletion_insertion" else {"samples": 2}
    before = generators()
    first, second = (computed(name, digits_subject(), **options) for _ in range(2))
    assert generators() == before
    for one, other in zip(first, second, strict=True):
        if isinstance(one, Curves):
            assert all(np.array_equal(a.y, b.y) for a, b in zip(one.curves, other.curves, strict=True))
        elif isinstance(one, HeadGrids):
            assert np.array_equal(one.grids[0].values, other.grids[0].values, equal_nan=True)
        elif isinstance(one, Bars):
            assert np.array_equal(one.values, other.values)
        else:
            assert str(one.sentence) == str(other.sentence)


@pytest.mark.parametrize("name", NAMES[1:])
def test_progress_grows_to_one_and_a_probe_can_be_canceled(name):
    shares: list[float] = []
    options = {"samples": 2} | ({} if name == "method_agreement" else {"method": "saliency"})
    computed(name, digits_subject(report=shares.append), **options)
    assert len(shares) > 3
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)

    def cancel(share: float) -> None:
        if share > 0.3:
            raise Canceled

    with pytest.raises(Canceled):
        computed(name, digits_subject(report=cancel), **options)


@pytest.mark.parametrize("name", NAMES)
def test_bad_input_is_explained(name):
    with pytest.raises(BadValue):
        computed(name, digits_subject(), target="99")
    with pytest.raises((BadValue, NotApplicable)):
        computed(name, digits_subject(), target="3-3-3")
    broken = copy.deepcopy(trained(0))
    with torch.no_grad():
        broken.linear3.weight.fill_(torch.nan)
    with pytest.raises(NotApplicable):
        computed(name, replace(digits_subject(), model=broken, weights_key=None))


@pytest.mark.parametrize("name", NAMES[1:])
def test_without_test_samples_a_run_is_told_so(name):
    with pytest.raises(NotApplicable, match="test samples"):
        computed(name, replace(digits_subject(), samples=None))


def test_a_constant_network_has_neither_ranks_nor_a_change_to_predict():
    constant = copy.deepcopy(trained(0))
    with torch.no_grad():
        constant.linear3.weight.zero_()
    subject = replace(digits_subject(), model=constant, weights_key=None)
    finding, grid = computed("method_agreement", subject, samples=2)
    assert np.isnan(grid.grids[0].values[grid.rows.index("Saliency")]).all()
    assert "the same value everywhere" in str(finding.sentence)
    assert "stays the same" in str(computed("deletion_insertion", subject)[0].sentence)
    finding, _curves = computed("sanity_check", subject, method="saliency", samples=2)
    assert "the same value everywhere" in str(finding.sentence)
    finding, *_bars = computed("infidelity_sensitivity", subject, method="saliency", samples=2)
    assert str(finding.sentence)


def test_a_network_with_a_single_layer_and_one_without_any_are_handled():
    line = nn.Sequential(nn.Flatten(), nn.Linear(6, 3))
    finding, curves, *_rest = run("sanity_check", line, torch.randn(4, 6), method="saliency")
    assert curves.curves[0].x.tolist() == [0, 1]
    assert "its only layer random" in str(finding.sentence)
    with pytest.raises(NotApplicable, match="no weights"):
        run("sanity_check", nn.Sequential(nn.Tanh()), torch.randn(4, 6), method="saliency")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["char_rnn", "linear_regression", "logistic_regression", "lenet_batch_norm"])
def test_texts_numbers_one_logit_and_batch_norm_work_too(name, kind):
    options = {"method": "saliency"} if name != "method_agreement" else {}
    results = computed(name, subject_of(NETWORKS[kind]), **options, **({"samples": 1} if name != NAMES[0] else {}))
    assert isinstance(results[0], Finding)
    assert len(str(results[0].sentence)) > 20


@pytest.mark.parametrize("name", NAMES)
def test_half_precision_and_pictures_of_bytes_work_too(name):
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 3)).to(torch.bfloat16)
    options = {} if name == "method_agreement" else {"method": "saliency"}
    results = run(name, model, torch.randint(0, 256, (2, 3, 8, 8), dtype=torch.uint8), **options)
    assert isinstance(results[0], Finding)


def test_a_chosen_method_that_does_not_fit_is_refused_with_its_reason(monkeypatch):
    from explorer.attribution import METHODS
    from explorer.text import text

    refusing = replace(METHODS.get("saliency"), refuses=lambda recipe, analysis: text("It does not fit."))
    monkeypatch.setattr(METHODS, "get", lambda name: refusing)
    with pytest.raises(NotApplicable, match="does not fit"):
        computed("sanity_check", digits_subject(), method="saliency")


@pytest.mark.parametrize("units", [4, 5])
@pytest.mark.parametrize("name", NAMES)
def test_units_of_a_layer_are_not_compared_with_places_of_the_input(name, units):
    model, batch = nn.Sequential(nn.Linear(4, units), nn.ReLU(), nn.Linear(units, 3)), torch.rand(3, 4)
    options = {"target": "1"} if name == "method_agreement" else {"target": "1", "method": "all"}
    finding, *_rest = run(name, model, batch, **options)
    assert "Layer conductance" in str(finding.sentence).split("Left out: ")[1]
    if name != "method_agreement":
        with pytest.raises(NotApplicable, match="not those of the input"):
            run(name, model, batch, method="layer_conductance")


def fails(*_given: object, **_options: object) -> Tensor:
    raise ZeroDivisionError


@pytest.mark.parametrize("name", NAMES)
def test_a_comparison_goes_on_without_a_method_that_fails(name, monkeypatch, caplog):
    from explorer.attribution import METHODS

    methods = (replace(METHODS.get("saliency"), attribute=fails), METHODS.get("input_x_gradient"))
    monkeypatch.setattr(f"explorer.probes.{name}.methods_for", lambda *_given: methods)
    finding, *_rest = run(name, nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3)), torch.rand(3, 4))
    assert "Left out: Saliency. Saliency failed on these inputs." in str(finding.sentence)
    assert "ZeroDivisionError" in caplog.text


def test_a_methods_baseline_of_another_shape_is_named():
    with pytest.raises(BadValue, match="shape"):
        computed("deletion_insertion", digits_subject(), baseline=torch.zeros(3, 3))
