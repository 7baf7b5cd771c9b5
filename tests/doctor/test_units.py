"""Dead ReLUs, saturated activations and unlucky seeds."""

from dataclasses import replace

import pytest
import torch
from faulty_runs import deep, digits, names, only, plane
from torch import nn

from explorer.doctor.checkup import CHECKED_SAMPLES
from explorer.doctor.diagnosis import judge
from explorer.doctor.evidence import gather
from explorer.training import load_parts
from explorer.training.loop.unit_health import dead_units, saturated_share


def test_units_with_a_bias_of_minus_ten_are_dead(examine):
    def bury(name, tensor):
        if name == "linear1.bias":
            tensor.fill_(-10)

    run, findings = examine(digits(deep(3, "relu")), bury)
    finding = only(findings)
    assert (finding.rule, finding.severity) == ("dead_units", "severe")
    assert "100 % of the units in relu1" in str(finding.sentence)
    assert "from the start" in str(finding.sentence)
    assert finding.proof.values[0] == 1.0
    assert finding.cures[0].name == "leaky_relu"
    assert "relu" not in {node.block for node in finding.cures[0].change(run.recipe).network.nodes}
    unknown = next(found for found in judge(replace(gather(run), first=None)) if found.rule == "dead_units")
    assert str(unknown.sentence).endswith("so it cannot recover.")


def test_units_that_too_large_a_step_killed_are_reported_with_their_cause(examine):
    run, findings = examine(digits(deep(4, "relu"), optimizer="adam", lr=0.3, epochs=3))
    assert set(names(findings)) <= {"rate_high", "dead_units"}
    assert findings[0].cures[0].name == "learning_rate_0.1"
    assert findings[0].cures[0].change(run.recipe).optimizer.params["lr"] == pytest.approx(0.03)


def test_a_unit_is_dead_where_it_is_zero_on_every_sample():
    output = torch.tensor([[0.0, 0.0, 1.0], [0.0, 2.0, 1.0]])
    assert dead_units(output).tolist() == [True, False, False]
    maps = torch.zeros(2, 3, 4, 4)
    maps[1, 2, 0, 0] = 1
    assert dead_units(maps).tolist() == [True, True, False]


@pytest.mark.parametrize(("module", "edge"), [(nn.Sigmoid(), 4.356), (nn.Tanh(), 2.178), (nn.Hardtanh(), 1.0)])
def test_a_value_is_saturated_where_the_slope_is_a_twentieth_of_the_steepest(module, edge):
    x = torch.tensor([[-edge - 0.01, -edge + 0.01, 0.0, edge + 0.01]])
    expected = 0.5 if not isinstance(module, nn.Hardtanh) else 0.0
    assert saturated_share(module, module(x)) == pytest.approx(expected) or isinstance(module, nn.Hardtanh)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_weights_a_hundred_times_too_large_saturate(examine, activation):
    def enlarge(name, tensor):
        if name.endswith("weight") and not name.startswith("linear3"):
            tensor.mul_(100)

    _, findings = examine(digits(deep(3, activation), lr=0.01), enlarge)
    assert "saturation" in [finding.rule for finding in findings]
    assert "vanishing" not in names(findings)


def test_a_seed_under_which_nothing_gets_through_is_told_apart_from_a_bad_architecture(examine):
    recipe = plane(deep(6, "relu", width=3, shape=(2,), classes=2), init="kaiming_normal", seed=2, epochs=4)
    run, findings = examine(recipe)
    finding = only(findings)
    assert (finding.rule, finding.severity) == ("unlucky_seed", "severe")
    evidence = gather(run)
    assert f"{sum(evidence.other_seeds)} of 5 other seeds let it through" in str(finding.sentence)
    _, other = examine(finding.cures[0].change(recipe))
    assert not {"unlucky_seed", "dead_units", "vanishing"} & {found.rule for found in other}


def test_the_same_network_under_a_good_seed_is_not_called_unlucky(examine):
    recipe = plane(deep(6, "relu", width=3, shape=(2,), classes=2), init="kaiming_normal", seed=3, epochs=4)
    assert "unlucky_seed" not in [finding.rule for finding in examine(recipe)[1]]


def test_dead_shares_are_those_of_a_computation_by_hand(examine):
    run, _ = examine(digits(deep(3, "relu")))
    evidence, parts = gather(run), load_parts(run.recipe)
    from explorer.network import build
    from explorer.training.records.checkpoints import frame_steps, load_frame

    model = build(run.recipe.network)
    model.load_state_dict(load_frame(run.frames_folder, frame_steps(run.frames_folder)[-1]))
    x = parts.train.inputs[:CHECKED_SAMPLES[1]].float().div(255).flatten(1)
    hidden = model.relu1(model.linear1(x))
    place = evidence.last.layers.addresses.index("relu1")
    assert evidence.last.layers.column("dead")[place] == pytest.approx((hidden.sum(0) == 0).float().mean().item())
