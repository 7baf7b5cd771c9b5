"""Losses in the doctor's sentences: the last point of the loss chart."""

import re

import numpy as np
import pytest
from faulty_runs import deep, digits

from explorer import charts, zoo
from explorer.doctor import gather
from explorer.training.records.run_numbers import read_numbers

figures = pytest.importorskip("explorer.figures", reason="figures are drawn with plotly")

RUNS = {
    "healthy": (zoo.recipe("lenet_relu").with_(epochs=4, threads=1, device="cpu"), r" to ([\d.]+)\.$"),
    "plateau": (zoo.recipe("lenet").with_(epochs=2, threads=1, device="cpu"), r"steps the loss is ([\d.]+);"),
    "rate_high": (digits(deep(2, "relu", width=256), lr=5.0, epochs=4), r"is now ([\d.]+);"),
    "rate_low": (digits(deep(2, "relu"), "sgd", 1e-4, epochs=3), r" to ([\d.]+)\.$"),
}


@pytest.mark.parametrize("rule", RUNS)
def test_the_number_in_the_sentence_is_the_last_point_of_the_chart(examine, rule):
    recipe, pattern = RUNS[rule]
    run, findings = examine(recipe)
    finding = next(found for found in findings if found.rule == rule)
    line = next(trace for trace in figures.draw(charts.loss(run)).data if trace.name == "training")
    last = next(float(y) for y in reversed(line.y) if np.isfinite(y))
    assert float(re.search(pattern, str(finding.sentence))[1]) == pytest.approx(last, abs=5e-4)


def test_the_proof_of_a_loss_is_the_chart_that_train_shows(examine):
    run, findings = examine(RUNS["rate_low"][0])
    proof, chart = findings[0].proof, charts.loss(run)
    assert figures.draw(proof).to_json() == figures.draw(chart).to_json()


def test_the_doctor_draws_the_same_steps_as_a_page(examine):
    run, _findings = examine(digits(deep(1, "relu"), batch_size=2, epochs=4))
    drawn, judged = gather(run).numbers, gather(run).steps
    assert len(judged) > 2_000 > len(drawn.steps)
    assert np.array_equal(drawn.steps.step, read_numbers(run).steps.step)
    assert charts.latest(charts.loss(drawn)) == charts.latest(charts.loss(run))
