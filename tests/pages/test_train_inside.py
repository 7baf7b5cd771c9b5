"""Train's section on the inside of a run: what is shown, what can be chosen, and how it is got where there is none."""

from __future__ import annotations

import json
import shutil
import sqlite3
from functools import partial

import pytest
from live_parts import live_parts, watched

from explorer import zoo
from explorer.training import RunStore, Session
from explorer.training.analysis.live_view import read_network_picture
from explorer.training.loop import loop
from explorer.training.loop.sampler import Sampler
from explorer.training.records.layer_statistics import read_layer_statistics


@pytest.fixture(scope="module")
def full_run(tmp_path_factory):
    recipe = zoo.recipe("playground").with_(epochs=2, threads=1, device="cpu", instruments="full")
    run = RunStore(tmp_path_factory.mktemp("full")).create(recipe)
    with pytest.MonkeyPatch.context() as patch:  # time is no object: every step of the schedule is sampled
        patch.setattr(loop, "Sampler", partial(Sampler, grace_s=1e9))
        assert Session(run).execute().state == "finished"
    return run


@pytest.fixture
def page(full_run, open_app, monkeypatch):
    monkeypatch.setenv("EXPLORER_RUNS", str(full_run.folder.parent))
    return open_app("train", full_run.recipe, run=full_run.id)


def shown(at) -> str:
    return "\n".join(element.value for element in [*at.markdown, *at.info, *at.caption])


def charts(at) -> list[str]:
    """The names of their y axes."""
    layouts = [json.loads(chart.proto.spec)["layout"] for chart in at.get("plotly_chart")]
    return [layout["yaxis"]["title"].get("text", "") for layout in layouts]


def test_the_section_shows_updates_and_a_layers_weights_and_says_what_looking_cost(page, sound, full_run):
    sound(page)
    count = len(read_layer_statistics(full_run.metrics_path))
    assert f"Steps recorded: {count:,}" in shown(page)
    assert "of the training time" in shown(page)
    assert "update : weights (log scale)" in charts(page)
    assert "Weights of linear1 at step" in shown(page) and "Gradients of linear1 over the steps" in shown(page)


@pytest.mark.parametrize(("quantity", "words"), [("spread", "Standard deviation of the activations"),
                                                 ("mean", "Mean of the activations"),
                                                 ("dead", "Only ReLUs can die"), ("saturated", "Saturated values")])
def test_another_quantity_can_be_chosen_or_the_page_says_why_there_is_none(page, sound, quantity, words):
    control = next(group for group in page.get("button_group") if str(group.key).startswith("inside/quantity"))
    sound(control.set_value(quantity).run())
    assert words in shown(page)


def test_another_layer_and_another_step_can_be_chosen(page, sound, full_run):
    layer = next(box for box in page.selectbox if str(box.key).startswith("inside/layer"))
    sound(layer.set_value("linear2").run())
    step = int(read_layer_statistics(full_run.metrics_path).step[0])
    slider = next(s for s in page.select_slider if str(s.key).startswith("inside/step"))
    sound(slider.set_value(step).run())
    assert f"Weights of linear2 at step {step}" in shown(page)


def test_a_step_that_was_forgotten_meanwhile_is_chosen_no_more(finished, open_app, sound, full_run, page, tmp_path):
    slider = next(s for s in page.select_slider if str(s.key).startswith("inside/step"))
    last = int(read_layer_statistics(full_run.metrics_path).step[-1])
    sound(slider.set_value(last).run())
    with sqlite3.connect(full_run.metrics_path) as db:
        kept = [db.execute(f"SELECT * FROM {table} WHERE step = ?", (last,)).fetchall()
                for table in ("layer_values", "histograms")]
        for table in ("layer_values", "histograms"):
            db.execute(f"DELETE FROM {table} WHERE step = ?", (last,))
    try:
        sound(page.run())
        assert f"at step {last:,}" not in shown(page)
    finally:
        with sqlite3.connect(full_run.metrics_path) as db:
            for table, rows in zip(("layer_values", "histograms"), kept, strict=True):
                db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)


def test_a_run_with_light_instruments_says_how_to_get_the_full_ones(open_app, sound, finished):
    run = finished("plane")
    at = sound(open_app("train", run.recipe, run=run.id))
    assert "This run was trained with basic recording." in shown(at)
    assert not [box for box in at.selectbox if str(box.key).startswith("inside/")]


@pytest.mark.parametrize("name", ["digits", "plane", "line"])
def test_every_run_shows_its_learning_rate_and_a_plane_its_hidden_units(open_app, sound, finished, name):
    run = finished(name)
    at = sound(open_app("train", run.recipe, run=run.id))
    assert watched(at).arrays["rate"].size and "live/rate" in live_parts(at)
    grids, weights = read_network_picture(run.folder)
    assert bool(weights) is (name == "plane") and bool(grids) is (name != "line")


def test_a_run_whose_worker_has_not_begun_waits_and_shows_its_layers_once_they_are_known(full_run, open_app, sound,
                                                                                        tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    run = RunStore(tmp_path / "runs").create(full_run.recipe)
    at = sound(open_app("train", run.recipe, run=run.id))
    assert "Waiting for the first step" in shown(at)
    assert not [box for box in at.selectbox if str(box.key).startswith("inside/")]
    shutil.copy(full_run.metrics_path, run.metrics_path)
    sound(at.run())
    assert [box for box in at.selectbox if str(box.key).startswith("inside/layer")]
