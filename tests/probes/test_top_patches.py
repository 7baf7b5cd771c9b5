"""Top patches are the samples that a plain search over all outputs finds, with the part that the unit reads."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from explorer import network, zoo
from explorer.document import chain
from explorer.probes import PROBES, Canceled, Subject, compute_probe, run
from explorer.probes.top_patches import find_hits
from explorer.probes.tracing import run_to
from explorer.recipe import Chosen
from explorer.results import Bars, Pictures
from tests.probes.test_probe_registry import NETWORKS


def pictures(count: int) -> torch.Tensor:
    return torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(0))


class Samples:
    """Samples as the engine gives them."""

    def __init__(self, inputs: torch.Tensor) -> None:
        self.held, self.longest = inputs, 0

    def __len__(self) -> int:
        return len(self.held)

    def inputs(self, places: list[int] | slice) -> torch.Tensor:
        found = self.held[places].clone()
        self.longest = max(self.longest, len(found))
        return found

    def target_name(self, place: int) -> str:
        return f"class {place % 3}"


@pytest.fixture
def lenet() -> nn.Module:
    return network.build(zoo.get("lenet_relu"), seed=1)


def test_the_hits_are_those_of_a_search_over_all_outputs(lenet):
    batch = pictures(300)
    outputs = run_to(lenet, "conv2", batch)[:, 5].detach().numpy()
    highest, lowest = find_hits(Subject(lenet, pictures(1), samples=Samples(batch)), "conv2", (5, 0, 0), 8)
    best = np.argsort(-outputs.max((1, 2)))[:8]
    assert [hit.sample for hit in highest] == best.tolist()
    assert [hit.sample for hit in lowest] == np.argsort(outputs.min((1, 2)))[:8].tolist()
    for hit in (*highest, *lowest):
        assert hit.value == pytest.approx(outputs[hit.sample][hit.unit[1:]], abs=1e-6)
        assert hit.unit[0] == 5


def test_a_patch_is_what_the_strongest_place_reads(lenet):
    batch = pictures(40)
    highest, lowest = run("top_patches", lenet, batch, node="pool1", unit=(2, 0, 0), count=3)
    outputs = run_to(lenet, "pool1", batch)[:, 2].detach()
    sample = int(outputs.flatten(1).max(1).values.argmax())
    y, x = divmod(int(outputs[sample].argmax()), 14)
    first = highest.pictures[0]
    assert isinstance(lowest, Pictures) and len(highest.pictures) == len(lowest.pictures) == 3
    assert np.array_equal(first.image, batch[sample, 0].numpy())
    assert first.box == (max(0, 2 * y - 2), max(0, 2 * x - 2), min(28, 2 * y + 4), min(28, 2 * x + 4))
    assert f"sample {sample}" in str(first.caption)


def test_the_test_set_is_read_in_parts_and_named_by_its_targets(lenet):
    samples, shares = Samples(pictures(300)), []
    subject = Subject(lenet, pictures(1), samples=samples, report=shares.append)
    highest, _lowest = compute_probe(PROBES.get("top_patches"), subject, {"node": "linear3", "unit": (4,)})
    assert samples.longest <= 128
    assert shares == sorted(shares) and shares[-1] == 1
    assert "class" in str(highest.pictures[0].caption)
    assert all(picture.box == () for picture in highest.pictures)  # the whole image


def test_it_ends_where_it_is_canceled(lenet):
    samples = Samples(pictures(300))

    def cancel(share: float) -> None:
        if share > 0.4:
            raise Canceled

    subject = Subject(lenet, pictures(1), samples=samples, report=cancel)
    with pytest.raises(Canceled):
        compute_probe(PROBES.get("top_patches"), subject, {"node": "conv2"})


def test_a_text_is_quoted_with_the_character_marked():
    recipe = NETWORKS["char_rnn"]
    model = network.build(recipe.network, seed=1)
    texts = torch.randint(0, 28, (50, 32), generator=torch.Generator().manual_seed(0))
    letters = tuple("abcdefghijklmnopqrstuvwxyz .")
    subject = Subject(model, texts[:1], recipe, letters, samples=Samples(texts))
    highest, _lowest = compute_probe(PROBES.get("top_patches"), subject, {"node": "rnn1", "unit": (0, 7)})
    values = run_to(model, "rnn1", texts)[..., 7].detach()
    sample, token = divmod(int(values.argmax()), 32)
    assert isinstance(highest, Bars)
    assert highest.values[0] == pytest.approx(float(values.max()), abs=1e-6)
    marked = letters[int(texts[sample, token])].replace(" ", "␣")
    assert f"[{marked}]" in highest.labels[0]


def test_rows_of_numbers_have_their_names():
    recipe = NETWORKS["playground"]
    model, rows = network.build(recipe.network, seed=1), torch.randn(20, 2, generator=torch.Generator().manual_seed(0))
    subject = Subject(model, rows[:1], recipe, samples=Samples(rows))
    node = recipe.network.outputs[0]
    highest, lowest = compute_probe(PROBES.get("top_patches"), subject, {"node": node, "unit": (0,), "count": 2})
    values = run_to(model, node, rows)[:, 0].detach()
    assert highest.values == pytest.approx(values.topk(2).values.numpy())
    assert lowest.values == pytest.approx(-(-values).topk(2).values.numpy())
    assert highest.labels[0].startswith(f"{int(values.argmax())}: x1 = ")


def test_fewer_samples_than_asked_for_are_all_shown(lenet):
    highest, _lowest = run("top_patches", lenet, pictures(3), node="conv1", count=8)
    assert len(highest.pictures) == 3


@pytest.fixture
def flat() -> Subject:
    """A network that takes images as rows of numbers."""
    net = chain("Row", ("input", "input", {"shape": [784]}), ("linear1", "linear", {"out_features": 10}))
    recipe = NETWORKS["lenet_relu"].with_(network=net, data=Chosen("mnist"))
    rows = pictures(20).flatten(1)
    return Subject(network.build(recipe.network, seed=1), rows[:1], recipe, samples=Samples(rows))


def test_images_that_were_flattened_are_shown_as_images(flat):
    highest, _lowest = compute_probe(PROBES.get("top_patches"), flat, {"node": "linear1", "unit": (4,), "count": 2})
    sample = int(run_to(flat.model, "linear1", flat.samples.held)[:, 4].argmax())
    assert np.array_equal(highest.pictures[0].image, flat.samples.held[sample].reshape(28, 28).numpy())
    assert f"target class {sample % 3} · sample {sample}" in str(highest.pictures[0].caption)


def test_a_channel_of_a_convolution_along_one_axis_is_searched_at_all_places():
    model, rows = nn.Sequential(nn.Conv1d(1, 3, 3)), torch.rand(12, 1, 9, generator=torch.Generator().manual_seed(0))
    highest, _lowest = find_hits(Subject(model, rows), "0", (2, 5), 1)
    values = model(rows)[:, 2].detach()
    sample, place = divmod(int(values.argmax()), values.shape[1])
    assert (highest[0].sample, highest[0].unit) == (sample, (2, place))
    assert "map 2 of 0" in str(run("top_patches", model, rows, node="0", unit=(2, 5))[0].title)
