"""Corruption, attacks, smallest changes and pruning of real networks, against the model's own answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from explorer import data, network, zoo
from explorer.hooks import predictor
from explorer.intervention.corruption import CORRUPTIONS, InputKind, corrupt
from explorer.kinds import Chosen
from explorer.probes import PROBES, Canceled, NotApplicable, Subject, compute_probe, run
from explorer.probes.corruption_curve import crossing
from explorer.results import AttackedInput, Bars, ChangedInputs, Curves, Finding, HeadGrids, Heatmap, Pictures
from explorer.spec import BadValue
from explorer.training.loop.parts import load_parts
from tests.probes.test_sample_probes import Source

FEW = {"corruption_curve": {"samples": 4, "steps": 3}}  # options of a quick question


def subject_of(name: str, dataset: str = "", count: int = 80, steps: int = 0) -> Subject:
    """A network of the zoo on small data, trained for some steps."""
    recipe = zoo.recipe(name)
    recipe = recipe.with_(data=Chosen(dataset)) if dataset else recipe
    parts = load_parts(recipe)
    part = parts.test.take(slice(0, count))
    model = network.build(recipe.network, seed=2)
    optimizer = torch.optim.Adam(model.parameters(), 0.003)
    for step in range(steps):
        places = slice(64 * step % 1200, 64 * step % 1200 + 64)
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(data.to_float(parts.train.inputs[places])),
                                    parts.train.targets[places]).backward()
        optimizer.step()
    source = Source(part)
    return Subject(model, source.inputs(slice(0, 1)), recipe, part.class_names, samples=source,
                   target=part.targets[:1], target_name="y", weights_key=name)


@pytest.fixture(scope="module")
def trained() -> Subject:
    return subject_of("lenet", "digits", steps=120)


def ask(name: str, subject: Subject, **options):
    return compute_probe(PROBES.get(name), subject, options)


def one(results, kind: type):
    return next(result for result in results if type(result) is kind)


def words(results) -> str:
    return " ".join(str(result.sentence) for result in results if isinstance(result, Finding))


def accuracy(subject: Subject, inputs: torch.Tensor, targets: torch.Tensor) -> float:
    return 100 * (predictor(subject.model)(inputs).argmax(1) == targets).float().mean().item()


def test_accuracy_under_a_corruption_is_that_of_the_corrupted_samples_in_all_and_by_class(trained):
    results = ask("corruption_curve", trained, corruption="blur", samples=64, steps=3)
    curve, by_class = one(results, Curves).curves[0], one(results, Heatmap)
    places = np.unique(np.linspace(0, 79, 64).round().astype(int)).tolist()
    inputs, targets = trained.samples.inputs(places), trained.samples.targets(places)
    kind = InputKind(shape=(1, 28, 28))
    for severity, found, each in zip(curve.x, curve.y, by_class.values.T, strict=True):
        worse = corrupt(CORRUPTIONS.get("blur"), inputs, float(severity), kind)
        assert found == pytest.approx(accuracy(trained, worse, targets))
        for row, label in zip(each, targets.unique(), strict=True):
            assert row == pytest.approx(accuracy(trained, worse[targets == label], targets[targets == label]), rel=1e-5)
    assert by_class.row_labels == tuple(map(str, targets.unique().tolist()))


def test_the_pictures_are_this_input_at_each_severity_and_can_be_looked_at(trained):
    results = ask("corruption_curve", trained, corruption="noise", samples=8, steps=4)
    pictures, inputs = one(results, Pictures).pictures, one(results, ChangedInputs)
    assert len(pictures) == 4 and len(inputs.labels) == len(inputs.values) == 3
    assert np.array_equal(pictures[0].image, trained.batch[0, 0].numpy())
    assert np.array_equal(pictures[2].image, inputs.values[1][0])


@pytest.mark.parametrize("name", ["corruption_curve", "smallest_changes"])
def test_of_a_text_that_is_partly_typed_no_character_behind_the_typed_ones_changes(name):
    subject = replace(subject_of("char_rnn", count=4), tokens=5)
    before, changed = subject.batch[0].numpy(), one(ask(name, subject, **FEW.get(name, {})), ChangedInputs).values
    assert (changed[:, 5:] == before[5:]).all()
    assert (changed[:, :5] != before[:5]).any()


@pytest.mark.parametrize(("y", "expected"), [
    ([10, 4, 10, 10], None), ([10, 4, 10, 0], 2.5), ([10, 10, 2, 2], 1.625), ([0, 0, 0, 0], None)])
def test_a_line_crosses_a_limit_where_it_stays_beyond_it(y, expected):
    line, x = np.array(y, float), np.arange(4.0)
    assert crossing(x, line, line[0] / 2) == expected
    assert crossing(x, -line, -line[0] / 2, rising=True) == expected


class Recovering(nn.Module):
    """A network that answers 0 where contrast is about half, else 1."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        contrast = x.flatten(1).amax(1) - x.flatten(1).amin(1)
        is_half = (contrast - 0.5).abs() < 0.2
        return torch.stack([is_half, ~is_half, *[torch.zeros_like(is_half)] * 8], 1).float()


def test_accuracy_that_comes_back_has_not_halved_and_classes_are_compared_at_a_severity_above_none():
    subject = subject_of("lenet", "digits", count=40)
    ones = subject.samples.part.take((subject.samples.part.targets == 1).nonzero()[:, 0])
    subject = replace(subject, model=Recovering(), samples=Source(ones))
    sentences = words(ask("corruption_curve", subject, corruption="contrast", samples=40, steps=3))
    assert "Accuracy goes from 100\xa0% to 100\xa0%" in sentences and "never halves for good" in sentences
    assert "At contrast 50, 0\xa0% of every class is recognized." in sentences


def test_all_corruptions_are_compared_each_up_to_its_largest_severity(trained):
    curves = one(ask("corruption_curve", trained, corruption="all", samples=40, steps=3), Curves).curves
    assert [curve.name for curve in curves] == ["Noise", "Blur", "Occlusion", "Shift", "Rotation", "Contrast"]
    assert len({round(float(curve.y[0]), 6) for curve in curves}) == 1


@pytest.mark.parametrize(("name", "dataset", "kinds"), [
    ("playground", "", (Curves, Heatmap, ChangedInputs)), ("linear_regression", "", (Curves, ChangedInputs)),
    ("char_rnn", "", (Curves, ChangedInputs)), ("mlp", "digits", (Curves, Heatmap, Pictures, ChangedInputs))])
def test_every_kind_of_input_and_answer_has_corruptions_of_its_own(name, dataset, kinds):
    subject = subject_of(name, dataset, count=30)
    results = ask("corruption_curve", subject, samples=20, steps=3)
    assert {type(result) for result in results} == {Finding, *kinds}


def test_the_error_of_predicted_numbers_is_the_root_of_their_mean_square():
    subject = subject_of("linear_regression", count=30)
    curve = one(ask("corruption_curve", subject, samples=30, steps=2), Curves)
    outputs = predictor(subject.model)(subject.samples.inputs(slice(0, 30)))
    expected = ((outputs - subject.samples.targets(slice(0, 30))) ** 2).mean().sqrt().item()
    assert curve.y_axis == "root mean square error" and curve.curves[0].y[0] == pytest.approx(expected)


def test_an_attack_shows_the_change_within_its_size_and_accuracy_from_that_without_one(trained):
    results = ask("adversarial", trained, size=0.1, samples=40, steps=5)
    shown, curves = one(results, AttackedInput), one(results, Curves).curves
    assert 0 < np.abs(shown.change).max() <= 0.1 + 1e-6
    assert shown.attacked.min() >= 0 and shown.attacked.max() <= 1
    by_name = {curve.name: curve.y for curve in curves}
    assert list(by_name) == ["random noise", "FGSM", "PGD"]
    places = np.unique(np.linspace(0, 79, 40).round().astype(int)).tolist()
    clean = accuracy(trained, trained.samples.inputs(places), trained.samples.targets(places))
    assert [line[0] for line in by_name.values()] == [pytest.approx(clean)] * 3
    assert by_name["PGD"][-1] <= by_name["FGSM"][-1] < by_name["random noise"][-1]


def test_the_smallest_attack_flips_the_answer_and_hardly_less_does_not(trained):
    results = ask("adversarial", trained, samples=4)
    shown, predict = one(results, AttackedInput), predictor(trained.model)
    before = predict(trained.batch).argmax().item()
    assert predict(torch.from_numpy(shown.flipped)[None]).argmax().item() != before
    size = float(np.abs(shown.flipped - shown.image).max())
    weaker = ask("adversarial", trained, size=0.9 * size, samples=4)
    assert predict(torch.from_numpy(one(weaker, AttackedInput).attacked)[None]).argmax().item() == before


def test_an_attack_with_a_goal_is_taken_for_that_class(trained):
    label = int(trained.target)
    goal = (label + 1) % 10
    results = ask("adversarial", trained, goal=goal, size=0.5, steps=20, samples=20)
    attacked = torch.from_numpy(one(results, AttackedInput).attacked)[None]
    assert predictor(trained.model)(attacked).argmax().item() == goal
    with pytest.raises(BadValue):
        ask("adversarial", trained, goal=10)


def test_an_attack_of_size_zero_changes_nothing_and_says_so(trained):
    results = ask("adversarial", trained, size=0.0, samples=10)
    shown = one(results, AttackedInput)
    assert np.array_equal(shown.image, shown.attacked)
    assert "Size 0 changes nothing" in words(results)
    assert [len(curve.x) for curve in one(results, Curves).curves] == [1, 1, 1]


def test_an_answer_that_is_wrong_already_is_said_to_be(trained):
    wrong = replace(trained, target=(trained.target + 1) % 10)
    for name in ("adversarial", "smallest_changes"):
        assert "The answer is wrong already" in words(ask(name, wrong))
    assert "The answer is wrong already" not in words(ask("smallest_changes", trained))


@pytest.mark.parametrize("method", ["FGSM", "PGD"])
@pytest.mark.parametrize("norm", ["inf", "2"])
def test_a_tables_attack_counts_in_standard_deviations_and_stays_among_its_values(method, norm):
    subject = subject_of("playground", count=60)
    results = ask("adversarial", subject, method=method, norm=norm, size=0.5, samples=20)
    change, changed = one(results, Bars).values, one(results, ChangedInputs).values
    assert 0 < (np.abs(change).max() if norm == "inf" else np.linalg.norm(change)) <= 0.5 + 1e-5
    rows = subject.samples.inputs(slice(0, 60)).numpy()
    assert (changed >= rows.min(0) - 1e-6).all() and (changed <= rows.max(0) + 1e-6).all()


def test_an_attack_on_a_predicted_number_raises_its_error():
    results = ask("adversarial", subject_of("linear_regression", count=40), samples=30)
    by_name = {curve.name: curve.y for curve in one(results, Curves).curves}
    assert by_name["PGD"][-1] > by_name["PGD"][0] and by_name["FGSM"][-1] > by_name["random noise"][-1]


def test_tokens_cannot_be_attacked_and_numbers_cannot_flip_which_is_known_before():
    text, number = zoo.recipe("char_rnn"), zoo.recipe("linear_regression")
    assert "Take Corruption" in str(PROBES.get("adversarial").refuses(text, network.analyze(text.network)))
    assert "Take Corruption" in str(PROBES.get("smallest_changes").refuses(number, network.analyze(number.network)))


class Constant(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.tensor([1.0, 2.0, 0.5]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.logits.expand(len(x), 3)


class Flat(Constant):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.logits + 0 * x.flatten(1).sum(1, keepdim=True)


def test_a_network_without_a_way_for_gradients_is_refused_and_one_with_zero_gradients_is_left_alone():
    images = torch.rand(1, 1, 4, 4)
    with pytest.raises(NotApplicable, match="No gradient reaches"):
        run("adversarial", Constant(), images)
    results = run("adversarial", Flat(), images, method="FGSM")
    assert "the gradient is 0 at every value" in words(results) and "flips the answer" in words(results)
    assert "it stays 1 up to" in str(run("smallest_changes", Flat(), images).sentence)


@pytest.mark.parametrize("name", ["corruption_curve", "adversarial", "smallest_changes", "pruning_curve"])
def test_weights_that_are_not_numbers_are_explained(name):
    subject = subject_of("lenet", "digits", count=10)
    with torch.no_grad():
        next(subject.model.parameters()).fill_(float("nan"))
    with pytest.raises(NotApplicable, match="not a finite number"):
        ask(name, subject)


@pytest.mark.parametrize("name", ["corruption_curve", "adversarial", "smallest_changes", "pruning_curve"])
def test_a_single_test_sample_and_batch_norm_are_enough(name):
    assert ask(name, subject_of("lenet_batch_norm", "digits", count=1))


@pytest.mark.parametrize("name", ["corruption_curve", "adversarial", "smallest_changes"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_model_in_half_precision_is_changed_all_the_same(name, dtype):
    model = nn.Sequential(nn.Flatten(), nn.Linear(16, 3)).to(dtype)
    assert run(name, model, torch.rand(1, 1, 4, 4))


@pytest.mark.parametrize("name", ["corruption_curve", "adversarial", "smallest_changes", "pruning_curve"])
def test_a_canceled_probe_ends_and_leaves_every_weight(name, trained):
    before = {key: value.clone() for key, value in trained.model.state_dict().items()}
    calls = []

    def cancel(share: float) -> None:
        calls.append(share)
        if len(calls) == 3:
            raise Canceled

    with pytest.raises(Canceled):
        ask(name, replace(trained, report=cancel))
    assert all(torch.equal(value, before[key]) for key, value in trained.model.state_dict().items())


@pytest.mark.parametrize("name", ["corruption_curve", "adversarial", "smallest_changes", "pruning_curve"])
def test_progress_grows_from_nothing_to_the_whole(name, trained):
    shares = []
    ask(name, replace(trained, report=shares.append))
    assert shares == sorted(shares) and len(set(shares)) > 3 and shares[-1] == pytest.approx(1)


@pytest.mark.parametrize("name", ["corruption_curve", "adversarial", "smallest_changes", "pruning_curve"])
def test_the_same_question_has_the_same_answer(name, trained):
    first, again = (ask(name, trained) for _time in range(2))
    assert words(first) == words(again)
    assert all(np.array_equal(one(first, ChangedInputs).values, one(again, ChangedInputs).values)
               for kind in (ChangedInputs,) if any(type(each) is kind for each in first))


@pytest.mark.parametrize("what", ["global", "by layer", "channels"])
def test_nothing_taken_out_is_exactly_the_accuracy_of_the_network_and_much_taken_out_less(what, trained):
    results = ask("pruning_curve", trained, what=what, samples=80)
    curve, layers = one(results, Curves).curves[0], one(results, HeadGrids).grids[0]
    clean = accuracy(trained, trained.samples.inputs(slice(0, 80)), trained.samples.targets(slice(0, 80)))
    assert curve.y[0] == pytest.approx(clean) and curve.y[-1] < clean
    assert np.allclose(layers.values[:, 0], clean)


def test_accuracy_of_a_pruned_network_is_that_of_one_masked_by_hand(trained):
    curve = one(ask("pruning_curve", trained, samples=80, each_layer=False), Curves).curves[0]
    weights = {name: value for name, value in trained.model.named_parameters() if value.dim() > 1}
    limit = torch.cat([value.detach().abs().flatten() for value in weights.values()]).sort().values
    limit = limit[round(0.8 * len(limit)) - 1]
    by_hand = network.build(trained.recipe.network)
    by_hand.load_state_dict({
        name: torch.where(value.abs() > limit, value, torch.zeros(())) if name in weights else value
        for name, value in trained.model.state_dict().items()})
    outputs = predictor(by_hand)(trained.samples.inputs(slice(0, 80)))
    expected = 100 * (outputs.argmax(1) == trained.samples.targets(slice(0, 80))).float().mean().item()
    assert curve.y[curve.x.tolist().index(80)] == pytest.approx(expected)


def test_of_layers_pruned_alone_none_is_both_the_worst_and_the_best():
    results = ask("pruning_curve", subject_of("mlp", "digits", steps=30), samples=80)
    layers = one(results, HeadGrids)
    telling = dict(zip(layers.rows, layers.grids[0].values[:, 4], strict=True))  # without nine tenths
    worst, best = words(results).split("accuracy is lowest for ")[1].split("; highest for ")
    below = sorted((value, name) for name, value in telling.items() if value < max(telling.values()))
    assert [telling[name.split(" ")[0]] for name in worst.split(", ")] == [value for value, _name in below[:3]]
    assert telling[best.split(" ")[0]] == max(telling.values()) and len(telling) == 2


@pytest.mark.parametrize(("name", "dataset", "sentence"), [
    ("softmax_regression", "digits", "of any one layer taken out, accuracy is"),
    ("linear_regression", "", "of any one layer taken out, the error is")])
def test_of_a_single_layer_there_is_no_worst_and_no_best(name, dataset, sentence):
    found = words(ask("pruning_curve", subject_of(name, dataset, count=20), samples=20))
    assert sentence in found and "lowest" not in found and "largest" not in found


def test_a_network_of_a_single_layer_has_no_channels_to_take_out():
    with pytest.raises(NotApplicable, match="Take weights"):
        ask("pruning_curve", subject_of("softmax_regression", "digits", count=10), what="channels")


@pytest.mark.parametrize("name", ["corruption_curve", "adversarial", "smallest_changes"])
def test_a_notebooks_images_of_whole_numbers_are_taken_as_shares_of_255(name):
    model = nn.Sequential(nn.Flatten(), nn.Linear(16, 3)).eval()
    pixels = torch.randint(0, 256, (1, 1, 4, 4), dtype=torch.uint8)
    whole, shares = run(name, model, pixels), run(name, model, pixels / 255)
    assert words(whole) == words(shares)
