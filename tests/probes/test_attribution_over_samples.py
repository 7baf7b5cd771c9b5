"""Rows of test samples, means of classes and differences of methods, against loops over single samples."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from explorer import network
from explorer.probes import PROBES, Canceled, NotApplicable, Subject, attributed_samples, compute_probe, run
from explorer.probes.attribution_rows import as_maps, rows_of, shrink_maps
from explorer.probes.mean_attribution import compute_mean_attribution, mean_of_classes
from explorer.probes.method_differences import compute_method_differences, differences_of
from explorer.probes.row_target import RowTargetParam
from explorer.results import Heatmap, Mosaic
from explorer.spec import BadValue
from tests.probes.test_attributed_samples import subject_of


def alone(subject: Subject, method: str, place: int, target: str = "") -> np.ndarray:
    """The attributions of one test sample by itself, its channels summed."""
    one = replace(subject, batch=subject.samples.inputs([place]), target=subject.samples.targets([place]))
    values = compute_probe(PROBES.get(method), one, {"target": target})[0].values[0]
    return values.sum(0) if values.ndim == 3 else values


# ---- rows

@pytest.mark.parametrize(("target", "of"), [
    ("", lambda predicted, true: str(predicted)), ("true", lambda predicted, true: str(true)), ("3", lambda *_: "3"),
    ("4-9", lambda *_: "4-9"), ("predicted-true", lambda predicted, true: f"{predicted}-{true}"),
    ("loss", lambda *_: "loss"),
])
def test_the_class_is_switched_for_all_rows_at_once(target, of):
    subject, places = subject_of("lenet"), [9, 2]
    rows = rows_of(subject, places, ["saliency", "input_x_gradient"], target)
    predicted = [int(subject.model.eval()(subject.samples.inputs([place])).argmax()) for place in places]
    true = subject.samples.targets(places).tolist()
    assert rows.predicted == tuple(map(str, predicted))
    assert rows.expected == tuple(map(str, true))
    assert rows.right.tolist() == [int(one == other) for one, other in zip(predicted, true, strict=True)]
    for maps, method in zip(rows.maps, rows.methods, strict=True):
        for values, place, one, other in zip(maps, places, predicted, true, strict=True):
            expected = alone(subject, method, place, of(one, other))
            np.testing.assert_allclose(values, expected, rtol=1e-3, atol=1e-6)


def test_samples_for_which_both_sides_are_one_class_are_left_out_of_a_difference():
    subject = subject_of("lenet")
    with torch.no_grad():
        predicted = subject.model.eval()(subject.samples.inputs(slice(0, 40))).argmax(1)
    true = subject.samples.targets(slice(0, 40))
    right, wrong = ((predicted == true).nonzero().flatten().tolist(), (predicted != true).nonzero().flatten().tolist())
    rows = rows_of(subject, [wrong[0], right[0], wrong[1]], ["saliency"], "predicted-true")
    assert rows.places.tolist() == wrong[:2]
    assert rows.explained == tuple(f"{predicted[place]}-{true[place]}" for place in wrong[:2])
    assert len(rows.maps[0]) == 2
    assert str(rows.note).startswith("1 samples are left out")
    with pytest.raises(NotApplicable, match="Both sides of the difference are the same class"):
        rows_of(subject, right[:1], ["saliency"], "predicted-true")


def test_a_row_shows_the_sample_itself():
    subject = subject_of("lenet")
    rows = rows_of(subject, [7], ["saliency"], "")
    assert np.array_equal(rows.inputs[0, ..., 0], (subject.samples.inputs([7])[0, 0] * 255).round().byte().numpy())


def test_a_network_that_takes_flat_images_has_rows_of_images():
    rows = rows_of(subject_of("mlp"), [0, 1], ["saliency"], "")
    assert rows.kind == "image"
    assert rows.maps[0].shape == (2, 28, 28)
    assert rows.inputs.shape == (2, 28, 28, 1)


def test_a_text_has_rows_of_tokens_and_a_table_rows_of_features():
    text = rows_of(subject_of("char_rnn"), [0, 1], ["saliency"], "")
    assert text.kind == "tokens"
    assert text.maps[0].shape == (2, len(text.tokens[0]))
    table = rows_of(subject_of("playground"), [0, 1], ["saliency"], "")
    assert table.kind == "features"
    assert table.maps[0].shape == table.inputs.shape == (2, 2)


def test_a_predicted_number_has_rows_without_a_class():
    rows = rows_of(subject_of("linear_regression"), [0, 1], ["saliency"], "")
    assert np.isnan(rows.confidence).all()
    assert (rows.right == -1).all()
    assert all(rows.expected)


def test_confidence_in_one_logit_is_that_of_the_likelier_of_two_classes():
    model, batch = nn.Linear(3, 1), torch.randn(4, 3)
    rows = run("attribution_over_samples", model, batch, places=(0, 1, 2, 3))
    np.testing.assert_allclose(rows.confidence, torch.sigmoid(model(batch).abs()).flatten().detach(), rtol=1e-5)


def test_places_beyond_the_test_part_are_left_out_and_none_is_one_sentence():
    subject = subject_of("lenet", count=3)
    (rows,) = compute_probe(PROBES.get("attribution_over_samples"), subject, {"places": [2, 9]})
    assert rows.places.tolist() == [2]
    with pytest.raises(NotApplicable, match="ends before"):
        compute_probe(PROBES.get("attribution_over_samples"), subject, {"places": [9]})
    with pytest.raises(NotApplicable, match="No test samples"):
        compute_probe(PROBES.get("attribution_over_samples"), replace(subject, samples=None), {})


@pytest.mark.parametrize("options", [{"target": "12"}, {"target": "9-12"}, {"target": "cat"}, {"target": "4-4"},
                                     {"target": "true-true"}, {"methods": ["magic"]},
                                     {"methods": []}, {"methods": ["saliency"] * 5}, {"places": []}])
def test_what_is_not_there_is_one_sentence(options):
    with pytest.raises(BadValue):
        compute_probe(PROBES.get("attribution_over_samples"), subject_of("lenet"), options)


@pytest.mark.parametrize("spelled", ["", "true", "3", "4-9", "true-9", "predicted-true", "loss"])
def test_a_target_of_rows_is_kept_as_it_is_spelled(spelled):
    assert RowTargetParam("target", "Explained").parse(spelled) == spelled


def test_weights_that_are_no_numbers_leave_a_row_with_its_sample():
    subject = subject_of("lenet")
    with torch.no_grad():
        next(subject.model.parameters()).fill_(float("nan"))
    rows = rows_of(subject, [0, 1], ["saliency"], "")
    assert rows.inputs.shape[0] == 2
    assert str(rows.refused[0]) or not np.isfinite(rows.maps[0]).any()


def test_a_method_that_fails_leaves_its_sentence_beside_the_maps_of_the_others(monkeypatch):
    def fails(*_given, **_options):
        raise ZeroDivisionError

    known = attributed_samples._PROBE_OF
    monkeypatch.setitem(known, "saliency", replace(known["saliency"], compute=fails))
    rows = run("attribution_over_samples", nn.Linear(3, 2), torch.randn(2, 3), places=(0, 1),
               methods=("saliency", "input_x_gradient"))
    assert "Saliency failed" in str(rows.refused[0]) and not rows.maps[0].size
    assert not str(rows.refused[1]) and rows.maps[1].shape == (2, 3)


def test_large_maps_are_shrunk_by_their_means():
    values = torch.rand(2, 256, 128).numpy()
    small = shrink_maps(values)
    assert small.shape == (2, 64, 32)
    np.testing.assert_allclose(small, values.reshape(2, 64, 4, 32, 4).mean((2, 4)), rtol=1e-4)
    assert shrink_maps(torch.rand(2, 224, 112).numpy()).shape == (2, 64, 32)


# ---- means

def test_means_of_classes_are_those_of_a_loop_over_single_samples():
    subject = subject_of("lenet")
    means = mean_of_classes(subject, "input_x_gradient", "predicted", 5)
    predicted = [int(subject.model.eval()(subject.samples.inputs([place])).argmax()) for place in range(40)]
    for index, (count, signed, magnitude) in enumerate(zip(means.counts, means.signed, means.magnitude, strict=True)):
        own = [place for place, each in enumerate(predicted) if each == index][:5]
        assert count == len(own)
        if not own:
            assert np.isnan(signed).all()
            continue
        maps = np.stack([alone(subject, "input_x_gradient", place, str(index)) for place in own])
        np.testing.assert_allclose(signed, maps.mean(0), rtol=1e-3, atol=1e-6)
        np.testing.assert_allclose(magnitude, np.abs(maps).mean(0), rtol=1e-3, atol=1e-6)


def test_means_by_the_true_class_take_the_first_samples_of_it():
    subject = subject_of("lenet")
    means = mean_of_classes(subject, "saliency", "true", 2)
    own = np.flatnonzero(subject.samples.targets(slice(0, 40)).numpy() == 4)[:2]
    maps = np.stack([alone(subject, "saliency", int(place), "4") for place in own])
    np.testing.assert_allclose(means.signed[4], maps.mean(0), rtol=1e-3, atol=1e-6)
    there = np.bincount(subject.samples.targets(slice(0, 40)).numpy(), minlength=10)
    assert means.counts.tolist() == np.minimum(there, 2).tolist()


def test_a_class_without_samples_is_named_and_its_map_is_empty():
    subject = subject_of("lenet", count=4)
    finding, mosaic = compute_mean_attribution(subject, "saliency", "true", 8)
    missing = set(range(10)) - set(subject.samples.targets(slice(0, 4)).tolist())
    assert f"there is none of {', '.join(map(str, sorted(missing)))}." in str(finding.sentence)
    assert np.isnan(mosaic.values[:, sorted(missing)]).all()
    assert isinstance(mosaic, Mosaic)


def test_means_of_a_table_are_matrices_and_of_numbers_one_row():
    _finding, signed, magnitude = compute_mean_attribution(subject_of("playground"), "saliency")
    assert isinstance(signed, Heatmap)
    assert signed.limit == magnitude.limit
    finding, signed, _magnitude = compute_mean_attribution(subject_of("linear_regression"), "saliency", samples=7)
    assert signed.values.shape[0] == 1
    assert "7 test samples" in str(finding.sentence)


def test_the_true_classes_of_a_notebooks_batch_are_not_known():
    with pytest.raises(NotApplicable, match="not known"):
        run("mean_attribution", nn.Linear(3, 2), torch.randn(4, 3), by="true")


def test_a_mean_is_given_up_when_canceled():
    def report(share: float) -> None:
        if share > 0.4:
            raise Canceled

    with pytest.raises(Canceled):
        compute_mean_attribution(subject_of("lenet", report=report), "saliency")


# ---- differences

def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks one value at a time, equal ones sharing their mean."""
    return np.array([(values < value).sum() + (values == value).sum() / 2 for value in values.ravel()])


@pytest.mark.parametrize("by", ["ranks", "shape"])
def test_samples_are_ranked_by_how_much_two_methods_differ(by):
    subject = subject_of("lenet", count=12)
    rows = compute_method_differences(subject, first="saliency", second="input_x_gradient", by=by, count=12)
    distances = {}
    for place in range(12):
        one, other = (alone(subject, method, place) for method in ("saliency", "input_x_gradient"))
        if by == "ranks":
            distances[place] = 1 - np.corrcoef(ranks(one), ranks(other))[0, 1]
        else:
            distances[place] = np.linalg.norm(one / np.linalg.norm(one) - other / np.linalg.norm(other))
    ranked = sorted(distances, key=lambda place: -distances[place])
    assert rows.places.tolist() == ranked
    assert [str(remark) for remark in rows.remarks] == [f"differ by {distances[place]:.2f}" for place in ranked]
    np.testing.assert_allclose(rows.maps[1][0], alone(subject, "input_x_gradient", ranked[0]), rtol=1e-3, atol=1e-6)


def test_only_the_most_different_samples_are_shown():
    rows = compute_method_differences(subject_of("lenet"), second="input_x_gradient", samples=20, count=3)
    assert len(rows.places) == len(rows.remarks) == 3
    assert "Over 20 test samples" in str(rows.note)


def test_attributions_that_are_the_same_everywhere_come_last_and_are_counted():
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    with torch.no_grad():
        model[0].weight.copy_(torch.eye(4, 3))
        model[0].bias.zero_()
    batch = torch.tensor([[-1.0, -2.0, -3.0], [1.0, 2.0, 3.0]])
    rows = run("method_differences", model, batch, first="saliency", second="input_x_gradient", target="1")
    assert rows.places.tolist() == [1, 0]
    assert str(rows.remarks[1]) == "not comparable"
    assert "1 samples have attributions that are the same everywhere" in str(rows.note)


def test_a_method_is_not_compared_with_itself():
    with pytest.raises(BadValue, match="the same"):
        run("method_differences", nn.Linear(3, 2), torch.randn(4, 3), first="saliency", second="saliency")


def test_differences_report_their_progress_in_order():
    shares: list[float] = []
    differences_of(subject_of("lenet", report=shares.append), ("saliency", "input_x_gradient"), list(range(40)), "")
    assert shares == sorted(shares)
    assert 0.8 < shares[-1] <= 0.9 + 1e-9


def test_a_flat_image_is_laid_out_with_its_channels_summed():
    subject = subject_of("mlp")
    values = torch.rand(2, 784).numpy()
    assert np.array_equal(as_maps(subject, values), values.reshape(2, 28, 28))


def test_models_are_told_apart_by_their_weights():
    subject = subject_of("lenet", weights_key="one")
    other = replace(subject, model=network.build(subject.recipe.network, seed=9), weights_key="other")
    one, two = (rows_of(each, [0], ["saliency"], "3").maps[0] for each in (subject, other))
    assert not np.allclose(one, two)


def test_a_figure_has_the_input_and_a_map_for_each_method_on_a_scale_of_its_own():
    figures = pytest.importorskip("explorer.figures", reason="figures are drawn with plotly")
    rows = rows_of(subject_of("lenet"), [0, 1, 2], ["saliency", "input_x_gradient"], "")
    figure = figures.draw(rows)
    kinds = [trace.type for trace in figure.data]
    assert kinds.count("image") == 3
    ends = [trace.zmax for trace in figure.data if trace.type == "heatmap"]
    assert ends == pytest.approx([np.abs(rows.maps[0]).max()] * 3 + [np.abs(rows.maps[1]).max()] * 3)
    assert "3 samples" in str(figures.describe(rows))
