"""Runs of loops of one's own on the pages: shown on Train, found from Home and Train, refused elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import torch
from live_parts import chart_names, live_parts, watched
from streamlit.testing.v1 import AppTest
from torch import nn

import explorer
from explorer import zoo
from explorer.training import Run, RunStore
from explorer.training.work.own_loop import OwnLoop
from explorer.ui.session import state
from explorer.ui.train import own_loop


def train(run: OwnLoop, model: nn.Module, steps: int = 30) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = model(torch.randn(8, 4)).square().mean()
        loss.backward()
        optimizer.step()
        run.log(loss=loss, accuracy=0.5, **{"reward <b>$x$</b>": 2.0})


def small() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 1))


@pytest.fixture
def recorded(quiet: None) -> Run:
    model = small()
    with explorer.record(model, "my *loop*", epochs=2, steps_per_epoch=15, quiet=True) as run:
        train(run, model)
        run.log_epoch(validation={"loss": 0.1})
    return run.run


def shown(at: AppTest) -> str:
    return "\n".join(element.value for element in [*at.markdown, *at.info, *at.caption, *at.warning, *at.code])


def axes(at: AppTest) -> list[str]:
    layouts = [json.loads(chart.proto.spec)["layout"] for chart in at.get("plotly_chart")]
    return [layout["yaxis"]["title"].get("text", "") for layout in layouts]


def buttons(at: AppTest) -> list[str]:
    return [button.label for button in at.button]


def test_train_shows_the_numbers_and_the_layers_of_a_loop_and_nothing_that_would_steer_it(
        open_app: Callable, sound: Callable, recorded: Run) -> None:
    at = sound(open_app("train", run=recorded.id))
    assert r"my \*loop\*" in shown(at) and "there is nothing to steer here" in shown(at)
    meta = watched(at).meta
    assert (meta["state"], meta["step"], meta["total_steps"], meta["epochs"]) == ("finished", 30, 30, 2)
    assert [chart["y_axis"] for chart in meta["charts"]][:2] == ["loss", "share of correct predictions"]
    assert list(live_parts(at)) == ["live/state", "live/curves", "live/strip"] and meta["layers"]
    assert "Layer statistics over time" in shown(at) and "update : weights (log scale)" in axes(at)
    assert buttons(at) == ["Close"]


def test_a_loop_is_shown_while_it_runs(open_app: Callable, sound: Callable) -> None:
    model = small()
    with explorer.record(model, "live", quiet=True) as run:
        at = sound(open_app("train", run=run.id))
        meta = watched(at).meta
        assert (meta["state"], meta["step"], chart_names(at)) == ("training", 0, ["loss"])
        train(run, model)
        run._flush()
        meta = watched(sound(at.run())).meta
        assert (meta["step"], meta["left_s"], meta["total_steps"]) == (30, None, 0)


def test_without_a_loss_the_other_numbers_are_drawn(open_app: Callable, sound: Callable) -> None:
    with explorer.record(nn.ReLU(), quiet=True) as run:
        for step in range(5):
            run.log(reward=step)
    at = sound(open_app("train", run=run.id))
    assert chart_names(at) == ["reward"]


def test_the_reason_for_a_loop_that_failed_is_shown(open_app: Callable, sound: Callable) -> None:
    with pytest.raises(ArithmeticError), explorer.record(small(), quiet=True) as run:
        raise ArithmeticError("no batch")
    meta = watched(sound(open_app("train", run=run.id))).meta
    assert meta["state"] == "crashed" and "ArithmeticError: no batch" in meta["reason"]


def test_a_compiled_model_has_a_sentence_on_what_is_missing(open_app: Callable, sound: Callable) -> None:
    with explorer.record(torch.compile(small(), backend="eager"), quiet=True) as run:
        run.log(loss=1)
    assert "The model is compiled" in shown(sound(open_app("train", run=run.id)))


def test_a_recording_is_closed_and_the_network_of_before_is_back(open_app: Callable, sound: Callable,
                                                                recorded: Run) -> None:
    at = sound(open_app("train", zoo.recipe("playground"), run=recorded.id))
    assert buttons(at) == ["Close"]
    at = sound(at.button("close_own_loop").click().run())
    assert "Train" in buttons(at) and state.RUN_PARAMETER not in at.query_params
    alone = sound(open_app("train", run=recorded.id))
    assert "Choose a network" in buttons(sound(alone.button("close_own_loop").click().run()))


def test_recordings_are_found_from_home(open_app: Callable, sound: Callable, recorded: Run) -> None:
    at = sound(open_app("home"))
    assert r"my \*loop\*" in shown(at) and "loop of your own" in shown(at)
    at.button(f"open/{recorded.id}").click()  # opens Train, where AppTest does not follow
    sound(at.run())


@pytest.mark.parametrize("damage", ["{", '{"format": "layerscope/recording", "version": 2}', "[]",
                                    '{"format": "layerscope/recording", "version": 1, "name": 3}'])
def test_a_damaged_recording_is_one_sentence_and_breaks_no_list(open_app: Callable, sound: Callable, recorded: Run,
                                                                damage: str) -> None:
    (recorded.folder / "recording.json").write_text(damage)
    for page in ("train", "inspect", "slow_motion"):
        assert len(sound(open_app(page, run=recorded.id)).error) == 1
    sound(open_app("home"))


def test_inspect_and_slow_motion_lead_back_to_train(open_app: Callable, sound: Callable, recorded: Run) -> None:
    for page in ("inspect", "slow_motion"):
        for recipe in (None, zoo.recipe("playground")):
            at = sound(open_app(page, recipe, run=recorded.id))
            assert "recorded from a training loop of your own" in shown(at)
            assert buttons(at) == ["Show it on Train"]


def test_recordings_are_not_offered_where_weights_are_needed(open_app: Callable, sound: Callable, recorded: Run,
                                                             finished: Callable) -> None:
    run = finished("digits")
    at = sound(open_app("inspect", run.recipe, run=run.id))
    assert len(at.selectbox[0].options) == 1
    assert RunStore().list()[0].id in (run.id, recorded.id)


def test_damaged_numbers_of_a_loop_leave_a_page_without_an_error(open_app: Callable, sound: Callable,
                                                                 recorded: Run) -> None:
    recorded.metrics_path.write_bytes(b"no database" * 1000)
    assert list(live_parts(sound(open_app("train", run=recorded.id)))) == ["live/state", "live/curves", "live/strip"]


def test_a_learning_rate_that_is_logged_after_the_page_was_opened_gets_its_chart_by_itself(
        quiet: None, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    monkeypatch.setattr(own_loop, "draw_live", lambda part, *_more, **_options: drawn.append(part))
    with explorer.record(small(), quiet=True) as run:
        asked = fragments_of(run.run, monkeypatch)
        assert "rate" not in drawn
        run.log(learning_rate=0.1)
        run._flush()
        for repeat, args in asked:
            repeat(*args)
    assert "rate" in drawn


def fragments_of(run: Run, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Callable, tuple]]:
    """Draw a recording; returns what its page repeats by itself, with its arguments."""
    found = []

    def fragment(draw: Callable, run_every: float | None) -> Callable:
        def call(*args: Any) -> None:
            draw(*args)
            if run_every:
                found.append((draw, args))
        return call

    monkeypatch.setattr(own_loop.st, "fragment", fragment)
    monkeypatch.setattr(own_loop, "draw_inside", lambda _run: None)
    own_loop.draw_own_loop(run)
    return found
