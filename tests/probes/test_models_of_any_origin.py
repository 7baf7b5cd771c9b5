"""Models that were not built here: changes in place, axes in another order, lists of modules, outputs of any form."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from explorer.probes import PROBES, NotApplicable, ProbeSpec, Subject, run
from explorer.results import Correlation, Gather, Pointwise, Recurrent, Unknown


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


class Shifted(nn.Module):
    """A model that changes its own input."""

    def __init__(self) -> None:
        super().__init__()
        self.relu, self.linear = nn.ReLU(inplace=True), nn.Linear(2, 3)

    def forward(self, x: Tensor) -> Tensor:
        x -= 0.5
        return self.linear(self.relu(x))


UNIT = {"node": "linear", "unit": (0,)}
ON_A_ROW = {"operation": UNIT, "unit_path": UNIT, "top_patches": UNIT, "unit_history": UNIT, "effective_field": UNIT,
            "maximization": {**UNIT, "steps": 16}, "probabilities": {}, "feature_maps": {},
            "overview": {"quantity": "gradient"}, "backward": UNIT}


@pytest.mark.parametrize("probe", ON_A_ROW)
def test_a_model_that_changes_its_input_in_place_leaves_the_batch_as_it_was(probe: str) -> None:
    model, batch = Shifted(), torch.tensor([[1.0, -2.0], [3.0, 0.1]])
    before = batch.clone()
    run(probe, model, batch, **ON_A_ROW[probe])
    assert torch.equal(batch, before)


class Sequences(nn.Module):
    """Layers of sequences that have the tokens in front of the samples."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.attention = nn.LSTM(3, 4), nn.MultiheadAttention(4, 2)
        self.encoder = nn.TransformerEncoderLayer(4, 2, 8)

    def forward(self, x: Tensor) -> Tensor:
        states, _last = self.lstm(x.transpose(0, 1))
        attended, _weights = self.attention(states, states, states)
        return self.encoder(attended)[-1]


@pytest.mark.parametrize("samples", [1, 2, 6])
@pytest.mark.parametrize("node", ["lstm", "attention", "encoder"])
def test_every_probe_finds_the_sample_behind_the_tokens(node: str, samples: int) -> None:
    model, x = Sequences().eval(), torch.randn(samples, 6, 3)
    states = model.lstm(x.transpose(0, 1))[0]
    attended = model.attention(states, states, states)[0]
    wanted = {"lstm": states, "attention": attended, "encoder": model.encoder(attended)}[node][:, 0].detach().numpy()

    operation = run("operation", model, x, node=node, unit=(4, 0))
    assert np.allclose(operation.output.values, wanted, atol=1e-5)
    assert operation.unit.model_value == pytest.approx(wanted[4, 0], abs=1e-5)
    assert run("overview", model, x)[node].shape == (6, 4)
    path = run("unit_path", model, x, node=node, unit=(4, 0))
    assert path.value == pytest.approx(wanted[4, 0], abs=1e-5)
    assert path.stages[0].shape == (6, 3)
    history = run("unit_history", model, x, node=node, unit=(4, 0))
    assert history.curves[0].y[0] == pytest.approx(wanted[4, 0], abs=1e-5)


def test_attention_without_a_rule_depends_on_the_first_samples_tokens() -> None:
    model, x = Sequences().eval(), torch.randn(2, 6, 3)
    operation = run("operation", model, x, node="attention", unit=(4, 0))
    assert isinstance(operation.rule, Unknown)
    assert [operand.values.shape for operand in operation.operands] == [(6, 4)] * 3
    assert [window.start for window in operation.unit.windows] == [(4, 0), (0, 0), (0, 0)]


class Listed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(3, 3), nn.ReLU()])
        self.heads = nn.ModuleDict({"one": nn.ModuleList([nn.Linear(3, 2)])})

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return self.heads["one"][0](x)


class Wrapped(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 2)))

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


def test_lists_of_modules_and_a_sequence_that_is_all_there_is_are_opened() -> None:
    x = torch.randn(1, 3)
    assert Subject(Listed(), x).children() == ["layers.0", "layers.1", "heads.one.0"]
    assert [node.address for node in run("overview", Listed(), x).nodes] == ["layers.0", "layers.1", "heads.one.0"]
    assert Subject(Wrapped(), x).children() == ["net.0.0", "net.0.1", "net.0.2"]
    two = nn.Sequential(nn.Sequential(nn.Linear(3, 3)), nn.ReLU())
    assert Subject(two, x).children() == ["0", "1"]
    assert Subject(two, x, inside="0").children() == ["0.0"]


class Packed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 4, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        packed = pack_padded_sequence(x, torch.full((len(x),), x.shape[1]), batch_first=True)
        return pad_packed_sequence(self.lstm(packed)[0], batch_first=True)[0]


INFINITE = math.inf
SETTINGS = [  # model, batch, node, unit, rule
    (nn.Sequential(nn.Flatten(0)), (2, 64), "0", (70,), Unknown),
    (nn.Sequential(nn.Flatten(0)), (1, 64), "0", (60,), Gather),
    (nn.Sequential(nn.Unflatten(0, (2, 1))), (2, 4), "0", (0, 1), Unknown),
    (Packed(), (2, 5, 3), "lstm", (3, 1), Unknown),
    (nn.Sequential(nn.LSTM(3, 4, proj_size=2)), (5, 2, 3), "0", (3, 1), Unknown),
    (nn.Sequential(nn.LSTM(3, 4)), (5, 2, 3), "0", (3, 1), Recurrent),
    (nn.Sequential(nn.Hardtanh(0, INFINITE)), (1, 4), "0", (1,), Pointwise),
    (nn.Sequential(nn.Threshold(-9, -INFINITE)), (1, 4), "0", (1,), Pointwise),
]


@pytest.mark.parametrize(("model", "shape", "node", "unit", "rule"), SETTINGS)
def test_settings_that_no_rule_covers_are_unknown_and_never_an_error(
        model: nn.Module, shape: tuple[int, ...], node: str, unit: tuple[int, ...], rule: type) -> None:
    operation = run("operation", model, torch.randn(shape), node=node, unit=unit)
    assert isinstance(operation.rule, rule)
    assert operation.value == pytest.approx(operation.output.values[unit], abs=1e-5)


@pytest.mark.parametrize("mode", ["zeros", "circular", "reflect"])
@pytest.mark.parametrize("size", [2, 3, 4, (2, 3), (4, 1)])
@pytest.mark.parametrize("dilation", [1, 2, (1, 2)])
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
def test_same_padding_puts_what_is_left_over_behind(mode: str, size: object, dilation: object) -> None:
    model = nn.Sequential(nn.Conv2d(2, 3, size, padding="same", dilation=dilation, padding_mode=mode))
    x = torch.randn(1, 2, 8, 9)
    for unit in ((0, 0, 0), (2, 7, 8), (1, 3, 4)):
        operation = run("operation", model, x, node="0", unit=unit)
        assert isinstance(operation.rule, Correlation)
        assert operation.value == pytest.approx(model(x)[0][unit].item(), abs=1e-5)


class Compared(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x > 0


class Named(nn.Module):
    def forward(self, x: Tensor) -> dict[str, Tensor | list]:
        return {"double": x * 2, "more": [x, None]}


class Gated(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.compared, self.named, self.linear = Compared(), Named(), nn.Linear(3, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(self.named(x)["double"] * self.compared(x))


def test_a_node_that_gives_a_dict_has_a_path_and_an_operation() -> None:
    model, x = Gated(), torch.tensor([[1.0, -2.0, 3.0]])
    path = run("unit_path", model, x, node="named", unit=(2,))
    assert path.value == 6 and [stage.node for stage in path.stages] == ["input", "named"]
    assert path.stages[0].start == (2,) and path.stages[0].stop == (3,)
    operation = run("operation", model, x, node="named", unit=(2,))
    assert operation.value == 6 and operation.unit.line.startswith("depends on 1 of 3 inputs")


def test_a_node_that_gives_yes_or_no_has_an_operation() -> None:
    operation = run("operation", Gated(), torch.tensor([[1.0, -2.0, 3.0]]), node="compared", unit=(2,))
    assert isinstance(operation.rule, Unknown) and operation.value == 1
    assert operation.output.values.tolist() == [1, 0, 1]


class Spectrum(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.fft.fft(x)


class Size(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.abs()


def test_complex_numbers_are_passed_on_but_not_shown() -> None:
    model, x = nn.Sequential(Spectrum(), Size()), torch.tensor([[1.0, 2.0, 3.0]])
    assert [node.address for node in run("overview", model, x).nodes] == ["1"]
    assert run("operation", model, x, node="1", unit=(0,)).value == 6
    for probe in ("operation", "unit_path", "unit_history"):
        with pytest.raises(NotApplicable, match="0 has no output"):
            run(probe, model, x, node="0")


class Learned(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.tensor([[1.0, 2.0]]))

    def forward(self) -> Tensor:
        return self.table


class Shifting(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.learned = Learned()

    def forward(self, x: Tensor) -> Tensor:
        return x + self.learned()


def test_a_module_that_takes_nothing_has_its_value_alone() -> None:
    operation = run("operation", Shifting(), torch.zeros(1, 2), node="learned", unit=(1,))
    assert operation.operands == () and operation.value == 2


class ThroughNumPy(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.from_numpy(2 * x.numpy())


def test_a_module_without_a_gradient_has_its_value_alone() -> None:
    operation = run("operation", nn.Sequential(ThroughNumPy()), torch.tensor([[1.0, 2.0]]), node="0", unit=(1,))
    assert operation.unit.line == "4" and operation.unit.windows == ()


@pytest.mark.parametrize("probe", ["operation", "unit_path", "unit_history", "backward"])
def test_a_node_that_is_never_called_is_refused_in_one_sentence(probe: str) -> None:
    model = nn.Sequential(nn.ReLU())
    model[0].unused = nn.Linear(1, 1)
    with pytest.raises(NotApplicable, match=r"^0\.unused has no output for this input: the network does not call it"):
        run(probe, model, torch.zeros(1, 2), node="0.unused")


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_a_model_without_weights_is_refused_in_one_sentence_by_every_probe(probe: ProbeSpec) -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(72, 3)).to("meta")
    for batch in (torch.zeros(2, 1, 8, 8), torch.zeros(2, 1, 8, 8, device="meta")):
        with pytest.raises(NotApplicable, match=r"no weights \(device meta\). Load them first."):
            run(probe.name, model, batch)


def test_an_input_without_values_is_refused_in_one_sentence() -> None:
    with pytest.raises(NotApplicable, match=r"no values \(device meta\)"):
        run("saliency", nn.Linear(2, 3), torch.zeros(1, 2, device="meta"))
