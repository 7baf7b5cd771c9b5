"""Learning rates, non-finite losses, plateaus, and the curves of under- and overfitting."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from faulty_runs import deep, digits, names, only, plane

from explorer import zoo
from explorer.doctor import gather
from explorer.doctor.checkup import PREDICTED_SAMPLES
from explorer.doctor.diagnosis import diagnose, judge
from explorer.doctor.rules.rate import peak
from explorer.document import chain
from explorer.network import build
from explorer.recipe import Chosen
from explorer.training import Trainer, load_parts
from explorer.training.records.checkpoints import FrameKeeper, frame_steps, load_frame


def test_a_learning_rate_of_five_is_too_high(examine):
    run, findings = examine(digits(deep(2, "relu", width=256), lr=5.0, epochs=4))
    finding = only(findings)
    assert (finding.rule, finding.severity) == ("rate_high", "severe")
    assert [cure.change(run.recipe).optimizer.params["lr"] for cure in finding.cures] == [0.5, 0.05]
    assert "The first step moved a layer's weights by" in str(finding.sentence)
    unknown = only(judge(replace(gather(run), update={})))
    assert "NaN" not in str(unknown.sentence) and "first step" not in str(unknown.sentence)


def test_a_loss_that_swings_above_chance_level_means_a_rate_too_high(examine):
    recipe = zoo.recipe("playground").with_(threads=1, device="cpu", epochs=20).with_optimizer("sgd", lr=10)
    assert "rate_high" in names(examine(recipe)[1])


def test_the_peak_is_the_highest_mean_of_five_steps():
    losses = np.array([1.0, 1, 1, 11, 1, 1, 1, 2, 2, 2, 2, 2])
    assert peak(losses) == pytest.approx(3.2)


@pytest.mark.parametrize(("optimizer", "lr"), [("sgd", 1e-4), ("adam", 1e-6)])
def test_a_learning_rate_that_hardly_moves_the_weights_is_too_low(examine, optimizer, lr):
    run, findings = examine(digits(deep(2, "relu"), optimizer, lr, epochs=3))
    finding = only(findings)
    assert (finding.rule, finding.severity) == ("rate_low", "severe")
    before, after = load_frame(run.frames_folder, 0), load_frame(run.frames_folder, 1)
    moved = max(((after[n] - before[n]).norm() / before[n].norm()).item() for n in before if n.endswith("weight"))
    assert max(gather(run).update.values()) == pytest.approx(moved, rel=1e-4)


def test_the_first_layer_and_step_with_a_nan_are_named(examine):
    net = chain("Own", ("input", "input", {"shape": [1, 8, 8]}), ("flatten", "flatten", {}),
                ("linear1", "linear", {"out_features": 32}), ("relu1", "relu", {}),
                ("linear2", "linear", {"out_features": 32}), ("relu2", "relu", {}),
                ("linear3", "linear", {"out_features": 32}), ("relu3", "relu", {}),
                ("linear4", "linear", {"out_features": 10}))
    recipe = digits(net, lr=1e6, init="kaiming_normal")
    run, findings = examine(recipe)
    finding = only(findings)
    assert (finding.rule, finding.severity) == ("nan", "severe")
    step, layer = _first_bad_by_hand(recipe)
    assert f"At step {step} the output of {layer} was the first" in str(finding.sentence)
    assert run.status().state == "diverged"
    assert pytest.importorskip("explorer.figures").draw(finding.proof).data
    assert finding.cures[0].change(recipe).optimizer.params["lr"] == 1e5


def _first_bad_by_hand(recipe):
    """(step, layer) of the first number that is not finite, by training again and calling each module in turn."""
    trainer = Trainer(recipe, load_parts(recipe), instruments=False)
    while True:
        x, _ = trainer.take_batch()
        with torch.no_grad():
            for name, module in trainer.model.named_children():
                x = module(x)
                if not torch.isfinite(x).all():
                    return trainer.step + 1, name
        trainer.train_step()


def test_the_first_layer_with_a_nan_is_found_in_the_runs_own_precision(examine):
    def enlarge(name, tensor):
        if name in ("linear1.weight", "linear2.weight"):
            tensor.mul_(1e4)  # far below the largest float32, above the largest float16 from linear2 on

    recipe = digits(deep(3, "relu"), precision="fp16")
    finding = only(examine(recipe, enlarge)[1])
    assert "At step 1 the output of linear2 was the first" in str(finding.sentence)


def test_a_loss_that_overflows_while_the_outputs_do_not_is_reported_as_such(examine):
    recipe = zoo.recipe("linear_regression").with_optimizer("sgd", lr=100).with_(threads=1, device="cpu")
    finding = only(examine(recipe)[1])
    assert finding.rule == "nan"
    assert "outputs were still finite" in str(finding.sentence)


def test_the_courses_lenet_waits_at_chance_level_without_a_severe_problem(examine):
    recipe = zoo.recipe("lenet").with_(epochs=2, threads=1, device="cpu")
    finding = only(examine(recipe)[1])
    assert (finding.rule, finding.severity) == ("plateau", "watch")
    assert "Still at chance level, but gradients are flowing: keep training." in str(finding.sentence)
    assert "2.303" in str(finding.sentence)
    assert finding.cures[0].change(recipe).epochs == 6


def test_lenet_with_the_courses_own_settings_only_waits_as_well(examine):
    recipe = zoo.recipe("lenet").with_(epochs=3, threads=1, device="cpu", init=Chosen("xavier_uniform"))
    assert [f.rule for f in examine(recipe.with_optimizer("sgd", lr=0.9))[1]] == ["plateau"]


def test_a_straight_line_underfits_two_spirals(examine):
    run, findings = examine(plane(deep(1, "relu", shape=(2,), classes=2), "spirals", batch_size=16, epochs=30))
    finding = only(findings)
    assert (finding.rule, finding.severity) == ("underfitting", "severe")
    assert finding.cures[0].name == "hidden_layer"
    assert [n.block for n in finding.cures[0].change(run.recipe).network.nodes] == ["input", "linear", "relu", "linear"]


def test_a_run_that_ended_while_its_loss_fell_was_stopped_too_early(examine):
    finding = only(examine(digits(deep(2, "relu"), lr=0.01, epochs=5))[1])
    assert (finding.rule, finding.severity) == ("underfitting", "watch")
    assert "still falling" in str(finding.sentence)


@pytest.fixture(scope="module")
def overfitted(examine):
    net = deep(3, "relu", shape=(2,), classes=2)
    recipe = plane(net, "gaussians", params={"samples": 100, "noise": 4.0}, validation_share=0.5, batch_size=10,
                   epochs=100).with_optimizer("adam", lr=0.01)
    return examine(recipe)


def test_many_epochs_on_few_noisy_samples_overfit(overfitted):
    run, findings = overfitted
    finding = only(findings)
    assert (finding.rule, finding.severity) == ("overfitting", "severe")
    best = min(gather(run).epochs, key=lambda row: row.value("validation", "loss"))
    assert f"lowest after epoch {best.epoch} " in str(finding.sentence)
    assert [cure.name for cure in finding.cures] == ["fewer_epochs", "weight_decay", "dropout"]
    assert finding.cures[0].change(run.recipe).epochs == best.epoch


@pytest.mark.parametrize(("held_out", "part", "words"), [
    (0.1, "validation", "held-out samples"), (0.0, "train", "training samples")])
def test_a_class_that_is_never_predicted_is_named_with_the_samples_that_show_it(examine, held_out, part, words):
    run, before = examine(digits(deep(2, "relu"), lr=0.3, epochs=4, validation_share=held_out))
    assert "silent_class" not in [finding.rule for finding in before]
    step = frame_steps(run.frames_folder)[-1]
    weights = load_frame(run.frames_folder, step)
    weights["linear2.bias"][3] = -50
    FrameKeeper(run.frames_folder, 10**9).keep(step, weights)
    finding = only(diagnose(run))
    assert (finding.rule, finding.severity) == ("silent_class", "severe")
    assert str(finding.sentence).startswith("Never predicted: 3.")
    assert finding.proof.values[:, 3].sum() == 0
    assert f"{words} of class 3, none is recognized" in str(finding.sentence)
    assert str(finding.proof.title) == f"Predictions for {words}"
    assert finding.proof.values.sum() == min(len(getattr(load_parts(run.recipe), part)), PREDICTED_SAMPLES)
    young = replace(gather(run), has_ended=False, epochs=gather(run).epochs[:1])
    assert "silent_class" not in [found.rule for found in judge(young)]


def test_the_confusion_is_that_of_a_computation_by_hand(examine):
    run, _ = examine(digits(deep(2, "relu"), lr=0.3, epochs=4))
    model = build(run.recipe.network)
    model.load_state_dict(load_frame(run.frames_folder, frame_steps(run.frames_folder)[-1]))
    held_out = load_parts(run.recipe).validation
    predicted = model.eval()(held_out.inputs.float() / 255).argmax(1)
    confusion = gather(run).last.confusion
    for true, other in ((3, 3), (8, 1), (9, 9)):
        assert confusion[true, other] == ((held_out.targets == true) & (predicted == other)).sum().item()
