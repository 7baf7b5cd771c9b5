"""What a run's network gets right and wrong, each number against an independent computation."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from sklearn.metrics import confusion_matrix, recall_score
from small_runs import digits_recipe, plane_network, plane_recipe, regression_recipe

from explorer import data
from explorer.document import chain
from explorer.network import build
from explorer.recipe import Chosen
from explorer.training import RunStore, Session, load_parts
from explorer.training.analysis.report import BINS, WORST_SHOWN, compute_calibration, report_of
from explorer.training.records.checkpoints import DamagedFrame, frame_steps, load_frame

ONE_NUMBER = chain("Side", ("input", "input", {"shape": [2]}), ("linear1", "linear", {"out_features": 1}))
RECIPES = {
    "digits": lambda: digits_recipe(epochs=1),
    "plane": lambda: plane_recipe(epochs=1),
    "binary": lambda: plane_recipe(epochs=1).with_(
        network=ONE_NUMBER, task="binary", loss=Chosen("binary_cross_entropy"), data=Chosen("moons")),
    "nothing_held_out": lambda: plane_recipe(epochs=1, validation_share=0.0),
}


@pytest.fixture(scope="module", params=RECIPES)
def run(request, tmp_path_factory):
    made = RunStore(tmp_path_factory.mktemp("runs")).create(RECIPES[request.param]())
    assert Session(made).execute().state == "finished"
    return made


def last_step(run):
    return frame_steps(run.frames_folder)[-1]


def answers(run, part):
    """(samples, probabilities) by the shortest way: one batch, the network's own formula for two classes."""
    recipe, parts = run.recipe, load_parts(run.recipe)
    samples = parts.test if part == "test" else parts.validation if len(parts.validation) else parts.train
    model = build(recipe.network, recipe.seed, recipe.init.spelled).eval()
    model.load_state_dict(load_frame(run.frames_folder, last_step(run)))
    with torch.no_grad():
        outputs = model(data.to_float(samples.inputs)).double()
    if recipe.task == "binary":
        second = torch.sigmoid(outputs[:, 0])
        return samples, torch.stack([1 - second, second], 1).numpy()
    return samples, (outputs.exp() / outputs.exp().sum(1, keepdim=True)).numpy()


def calibration_error(confidences, rights):
    """Guo et al. 2017, eq. 3, written out."""
    total = 0.0
    for b in range(BINS):
        inside = [(c, r) for c, r in zip(confidences, rights, strict=True) if b / BINS < c <= (b + 1) / BINS]
        if inside:
            accuracy = sum(r for _c, r in inside) / len(inside)
            confidence = sum(c for c, _r in inside) / len(inside)
            total += len(inside) / len(confidences) * abs(accuracy - confidence)
    return total


@pytest.mark.parametrize("part", ["validation", "test"])
def test_every_number_is_what_an_independent_computation_gives(run, part):
    report, (samples, probabilities) = report_of(run, last_step(run), part), answers(run, part)
    targets, said, sure = samples.targets.numpy(), probabilities.argmax(1), probabilities.max(1)
    classes = list(range(len(samples.class_names)))
    assert report.class_names == samples.class_names
    assert (report.confusion == confusion_matrix(targets, said, labels=classes)).all()
    assert (report.class_counts == [np.sum(targets == c) for c in classes]).all()
    np.testing.assert_allclose(report.class_accuracy, recall_score(targets, said, labels=classes, average=None))
    calibration = report.calibration
    assert calibration.count.sum() == len(samples)
    assert calibration.error == pytest.approx(calibration_error(sure, said == targets), abs=1e-6)
    assert calibration.mean_accuracy == pytest.approx(np.mean(said == targets))
    assert calibration.mean_confidence == pytest.approx(sure.mean(), abs=1e-6)


def test_the_surest_mistakes_come_first_with_their_inputs(run):
    mistakes, (samples, probabilities) = report_of(run, last_step(run)).mistakes, answers(run, "validation")
    wrong = [i for i in range(len(samples)) if probabilities[i].argmax() != samples.targets[i]]
    worst = sorted(wrong, key=lambda i: -probabilities[i].max())[:WORST_SHOWN]
    assert len(worst) > 0
    np.testing.assert_allclose(mistakes.probability, probabilities[worst].max(1), atol=1e-6)
    assert (mistakes.target == samples.targets.numpy()[mistakes.index]).all()
    assert (mistakes.predicted == probabilities[mistakes.index].argmax(1)).all()
    assert (mistakes.predicted != mistakes.target).all()
    np.testing.assert_array_equal(mistakes.inputs, data.to_float(samples.inputs[mistakes.index]).numpy())
    assert mistakes.inputs.dtype == np.float32


def test_it_says_which_part_it_is_about(run):
    held_out = run.recipe.validation_share > 0
    assert report_of(run, last_step(run)).part == ("validation" if held_out else "train")
    assert report_of(run, last_step(run), "test").part == "test"


def test_its_accuracy_is_the_one_that_the_run_ended_with(run):
    report = report_of(run, last_step(run), "test")
    assert report.calibration.mean_accuracy == pytest.approx(run.status().summary["test_accuracy"])


def test_it_is_made_once_until_its_weights_are_written_anew(trained):
    run, _status = trained(plane_recipe(epochs=1))
    step = last_step(run)
    first = report_of(run, step)
    assert report_of(run, step) is first
    (run.frames_folder / f"{step}.safetensors").touch()
    assert report_of(run, step) is not first


def test_a_regression_has_no_report(trained):
    run, _status = trained(regression_recipe())
    assert report_of(run, last_step(run)) is None


def test_weights_that_are_no_numbers_have_no_report(trained):
    run, _status = trained(plane_recipe(epochs=1))
    weights = load_frame(run.frames_folder, last_step(run))
    save_file({name: torch.full_like(tensor, torch.nan) for name, tensor in weights.items()},
              run.frames_folder / f"{last_step(run)}.safetensors")
    assert report_of(run, last_step(run)) is None


def test_weights_that_do_not_fit_are_told_as_damaged(trained):
    run, _status = trained(plane_recipe(epochs=1))
    step, other = last_step(run), run.recipe.with_(network=plane_network(("tanh2", "tanh", {}), ("more", "linear", {
        "out_features": 3})))
    other.save(run.folder / "recipe.json")
    with pytest.raises(DamagedFrame):
        report_of(type(run)(run.folder), step)
    with pytest.raises(DamagedFrame):
        report_of(run, step + 1)


@pytest.mark.parametrize(("confidence", "right", "error"), [
    ([1.0, 1.0], [True, True], 0.0),
    ([1.0, 1.0], [False, True], 0.5),
    ([0.6, 0.6, 0.6, 0.6, 0.6], [True, True, True, False, False], 0.0),
    ([0.55, 0.95], [True, True], (0.45 + 0.05) / 2),
])
def test_the_calibration_error_of_cases_done_by_hand(confidence, right, error):
    found = compute_calibration(np.array(confidence), np.array(right))
    assert found.error == pytest.approx(error)
    assert len(found.count) == BINS and found.count.sum() == len(right)


def test_a_confidence_on_an_edge_counts_to_the_bin_below():
    found = compute_calibration(np.array([0.5, 0.6, 1.0]), np.array([True, True, True]))
    assert found.count.tolist() == [0, 0, 0, 0, 1, 1, 0, 0, 0, 1]
    assert np.isnan(found.accuracy[0])
