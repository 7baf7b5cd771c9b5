"""What is said and drawn of a run's mistakes, on reports made by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer import charts
from explorer.charts import mistakes as plots
from explorer.data import Samples
from explorer.formatting import format_percent
from explorer.results import Probabilities, Report
from explorer.training.analysis.report import compute_report

figures = pytest.importorskip("explorer.figures", reason="figures are drawn with plotly")

THREE = ("cat", "dog", "owl")


def report_on(targets: list[int], said: list[int], names: tuple[str, ...] = THREE, sure: float = 0.9) -> Report:
    """A report on a network that predicts `said`, always with confidence `sure`."""
    probabilities = np.full((len(said), len(names)), (1 - sure) / (len(names) - 1))
    probabilities[np.arange(len(said)), said] = sure
    samples = Samples(torch.zeros(len(said), 2), torch.tensor(targets), names)
    return compute_report("validation", 7, samples, Probabilities(probabilities, names))


def test_the_most_frequent_mistake_is_named():
    report = report_on([0, 1, 1, 1, 2], [1, 0, 0, 1, 2])
    assert str(plots.confusion_sentence(report)) == "Most frequent confusion: dog predicted as cat (2 times)."


def test_a_network_without_mistakes_is_said_to_make_none():
    report = report_on([0, 1, 2], [0, 1, 2])
    assert str(plots.confusion_sentence(report)) == "No mistakes on these 3 samples."
    assert str(plots.class_sentence(report)) == "All classes have the same accuracy: 100\u00a0%."
    assert str(plots.mistakes_sentence(report.mistakes)) == "No mistakes to show."
    assert charts.class_accuracy(report).highlight is None


def test_single_mistakes_are_no_habit():
    report = report_on([0, 1, 2], [1, 2, 2])
    assert "more than once" in str(plots.confusion_sentence(report))


def test_the_hardest_class_is_named_and_stands_out_and_one_without_samples_is_left_out():
    report = report_on([0, 0, 2, 2], [0, 0, 2, 1])
    bars = charts.class_accuracy(report)
    assert bars.labels == ("cat (2)", "owl (2)") and bars.labels[bars.highlight] == "owl (2)"
    assert bars.values.tolist() == [1.0, 0.5]
    assert str(plots.class_sentence(report)) == (
        "Hardest class: owl, 50\u00a0% correct of 2 samples. Easiest: cat, 100\u00a0%.")


@pytest.mark.parametrize(("sure", "begins"), [
    (0.95, "Overconfident"), (0.75, "Well calibrated"), (0.5, "Underconfident")])
def test_the_sentence_on_calibration_follows_the_gap(sure, begins):
    report = report_on([0, 1, 2, 2], [0, 1, 2, 1], sure=sure)  # three in four are right
    assert str(plots.calibration_sentence(report.calibration)).startswith(begins)
    assert report.calibration.error == pytest.approx(abs(sure - 0.75))


def test_the_reliability_diagram_holds_only_bins_with_samples_over_its_diagonal():
    curves = charts.calibration(report_on([0, 1], [0, 2])).curves
    ideal, measured = curves
    assert (ideal.x == ideal.y).all() and ideal.role == "ideal"
    assert measured.x.tolist() == [0.9] and measured.y.tolist() == [0.5] and measured.role == "validation"


@pytest.mark.parametrize("dark", [False, True])
def test_every_plot_can_be_drawn_and_described(dark):
    report = report_on([0, 1, 1, 1, 2], [1, 0, 0, 1, 2])
    for result in (charts.confusion(report), charts.class_accuracy(report), charts.calibration(report)):
        assert figures.draw(result, figures.Theme(dark=dark)).data
        assert result.title in str(figures.describe(result)) or "perfectly calibrated" in str(figures.describe(result))


def test_a_confusion_matrix_has_its_counts_in_the_cells_and_the_names_at_both_sides():
    figure = figures.draw(charts.confusion(report_on([0, 1, 1, 1, 2], [1, 0, 0, 1, 2])), figures.Theme())
    assert list(figure.data[1].text) == ["0", "1", "0", "2", "1", "0", "0", "0", "1"]
    assert tuple(figure.layout.xaxis.ticktext) == tuple(figure.layout.yaxis.ticktext) == THREE


def test_many_classes_leave_out_the_numbers_and_some_of_the_labels():
    names = tuple(f"class {i}" for i in range(40))
    figure = figures.draw(charts.confusion(report_on(list(range(40)), list(range(40)), names)), figures.Theme())
    assert len(figure.data) == 1
    assert tuple(figure.layout.xaxis.ticktext) == tuple(figure.layout.yaxis.ticktext) == names[::2]


def test_of_very_many_classes_those_with_mistakes_are_drawn():
    names = tuple(f"class {i}" for i in range(1000))
    targets = list(range(1000))
    said = [*range(900), *range(901, 1000), 900]  # the last hundred are all wrong
    report = report_on(targets, said, names, sure=0.5)
    matrix, bars = charts.confusion(report), charts.class_accuracy(report)
    assert matrix.values.shape == (60, 60) and matrix.row_labels[0] == "class 900"
    assert len(bars.labels) == 60 and bars.values.max() == 0
    assert str(matrix.title) == "Confusion matrix of the 60 most confused classes"
    assert str(bars.title) == "Accuracy of the 60 hardest classes"
    for result in (matrix, bars):
        assert figures.draw(result, figures.Theme()).data and str(result.title) in str(figures.describe(result))


@pytest.mark.parametrize(("share", "words"), [
    (1.0, "100\u00a0%"), (0.0, "0\u00a0%"), (0.984, "98.4\u00a0%"), (0.98, "98\u00a0%"), (0.9996, "99.96\u00a0%"),
    (0.0001, "0.01\u00a0%")])
def test_a_share_never_looks_like_all_or_nothing_where_it_is_not(share, words):
    assert format_percent(share) == words
