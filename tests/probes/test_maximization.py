"""Activation maximization exceeds the test samples, stays within the data's range, and repeats itself exactly."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import nn

from explorer import network, zoo
from explorer.document import chain
from explorer.probes import PROBES, Canceled, Subject, compute_probe, run
from explorer.probes.token_search import search_tokens
from explorer.probes.tracing import run_to
from explorer.recipe import Chosen
from explorer.results import Bars, Curves, Pictures, Quantities, Writing
from tests.probes.test_probe_registry import NETWORKS
from tests.probes.test_top_patches import Samples


def pictures(count: int, *shape: int) -> torch.Tensor:
    return torch.rand(count, *(shape or (1, 28, 28)), generator=torch.Generator().manual_seed(0))


@pytest.fixture
def lenet() -> nn.Module:
    return network.build(zoo.get("lenet_relu"), seed=1)


def test_a_picture_exceeds_every_sample_and_stays_within_the_data(lenet):
    batch = pictures(20)
    made, curves, values = run("maximization", lenet, batch, node="conv2", unit=(3, 4, 5), steps=64)
    assert (type(made), type(curves), type(values)) == (Pictures, Curves, Quantities)
    reached, largest = values.values
    assert largest == pytest.approx(float(run_to(lenet, "conv2", batch)[:, 3, 4, 5].max()), abs=1e-5)
    assert reached > largest
    assert len(curves.curves[0].y) == 64 and curves.references[0].y == largest
    for picture in made.pictures:
        assert picture.image.shape == (28, 28) and 0 <= picture.image.min() <= picture.image.max() <= 1
        assert picture.box == (6, 8, 20, 22)
    shown = torch.from_numpy(made.pictures[0].image)[None, None]
    assert reached == pytest.approx(float(run_to(lenet, "conv2", shown)[0, 3, 4, 5]), abs=1e-5)


def test_the_unit_moves_nothing_that_it_does_not_read(lenet):
    made, _curves, _values = run("maximization", lenet, pictures(20), node="conv1", unit=(0, 14, 14), steps=64)
    image = made.pictures[0].image
    inside = image[12:17, 12:17]
    assert np.ptp(inside) > 3 * np.ptp(image[:6])


def test_a_map_is_maximized_by_its_mean(lenet):
    batch = pictures(20)
    _made, _curves, values = run("maximization", lenet, batch, node="conv1", unit=(2, 0, 0), objective="map", steps=48)
    means = run_to(lenet, "conv1", batch)[:, 2].mean((1, 2))
    assert values.values[1] == pytest.approx(float(means.max()), abs=1e-5)
    assert values.values[0] > values.values[1]


def test_a_picture_in_color_is_made_in_color():
    model = nn.Sequential(nn.Conv2d(3, 4, 5), nn.ReLU(), nn.Conv2d(4, 2, 5))
    made, _curves, values = run("maximization", model, pictures(8, 3, 40, 40), node="2", unit=(1, 10, 10), steps=48)
    assert made.pictures[0].image.shape == (40, 40, 3)
    assert values.values[0] > values.values[1]


def test_it_repeats_itself_exactly_and_another_seed_starts_elsewhere(lenet):
    def made(seed: int) -> np.ndarray:
        recipe = NETWORKS["lenet_relu"].with_(seed=seed)
        subject = Subject(lenet, pictures(8), recipe)
        result = compute_probe(PROBES.get("maximization"), subject, {"node": "conv2", "unit": (0, 1, 1), "steps": 16})
        return result[0].pictures[0].image

    assert np.array_equal(made(1), made(1))
    assert not np.array_equal(made(1), made(2))


def test_it_ends_where_it_is_canceled(lenet):
    shares = []

    def cancel(share: float) -> None:
        shares.append(share)
        if share >= 0.5:
            raise Canceled

    with pytest.raises(Canceled):
        compute_probe(PROBES.get("maximization"), Subject(lenet, pictures(4), report=cancel),
                      {"node": "conv1", "steps": 16})
    assert shares == [place / 16 for place in range(9)]


def test_numbers_stay_within_the_range_of_the_data():
    recipe = NETWORKS["playground"]
    model, rows = network.build(recipe.network, seed=1), torch.randn(50, 2, generator=torch.Generator().manual_seed(0))
    node = recipe.network.outputs[0]
    subject = Subject(model, rows[:1], recipe, samples=Samples(rows))
    made, _curves, values = compute_probe(PROBES.get("maximization"), subject, {"node": node, "unit": (0,)})
    assert isinstance(made, Bars) and made.labels == ("x1", "x2")
    assert (made.values >= rows.amin(0).numpy()).all() and (made.values <= rows.amax(0).numpy()).all()
    grid = torch.cartesian_prod(*(torch.linspace(float(low), float(high), 60)
                                  for low, high in zip(rows.amin(0), rows.amax(0), strict=True)))
    assert values.values[0] >= float(run_to(model, node, grid)[:, 0].max()) - 0.02


def test_a_text_is_found_that_no_single_character_improves():
    recipe = NETWORKS["char_rnn"]
    model = network.build(recipe.network, seed=1)
    texts = torch.randint(0, 28, (30, 32), generator=torch.Generator().manual_seed(0))
    subject = Subject(model, texts[:1], recipe, tuple("abcdefghijklmnopqrstuvwxyz ."), samples=Samples(texts))
    written, curves, values = compute_probe(PROBES.get("maximization"), subject, {"node": "rnn1", "unit": (12, 7)})
    assert isinstance(written, Writing) and len(written.written) == 13
    assert values.values[0] > values.values[1] and (np.diff(curves.curves[0].y) >= 0).all()


def test_the_search_finds_the_best_text_where_each_token_counts_for_itself():
    weights = torch.randn(3, 5, generator=torch.Generator().manual_seed(0))

    def objective(texts: torch.Tensor) -> torch.Tensor:
        return weights[torch.arange(3), texts].sum(1)

    spelled = search_tokens(objective, torch.zeros(3, dtype=torch.long), [2, 1, 0], 5, 2, lambda share: None)
    best = max(itertools.product(range(5), repeat=3), key=lambda text: float(objective(torch.tensor([text]))[0]))
    assert spelled.tokens.tolist() == list(best)


def test_images_that_were_flattened_are_made_as_images():
    net = chain("Row", ("input", "input", {"shape": [784]}), ("linear1", "linear", {"out_features": 10}))
    recipe, rows = NETWORKS["lenet_relu"].with_(network=net, data=Chosen("mnist")), pictures(20).flatten(1)
    subject = Subject(network.build(recipe.network, seed=1), rows[:1], recipe, samples=Samples(rows))
    made, _curves, values = compute_probe(PROBES.get("maximization"), subject,
                                          {"node": "linear1", "unit": (4,), "steps": 32})
    assert isinstance(made, Pictures) and made.pictures[0].image.shape == (28, 28)
    assert values.values[0] > values.values[1]


def test_a_feature_that_never_varies_keeps_its_value():
    recipe, rows = NETWORKS["playground"], torch.rand(20, 2, generator=torch.Generator().manual_seed(0))
    rows[:, 1] = 0.25
    subject = Subject(network.build(recipe.network, seed=1), rows[:1], recipe, samples=Samples(rows))
    made = compute_probe(PROBES.get("maximization"), subject, {"node": "linear1", "unit": (0,), "steps": 16})[0]
    assert made.values[1] == pytest.approx(0.25)
