"""The network's drawing on Train: what is sent to the browser, and a weight that it asks to change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.training import RunStore
from explorer.training.analysis.live_view import read_network_picture
from explorer.training.records.checkpoints import load_frame, state_path, state_steps
from explorer.training.records.metrics_writer import MetricsWriter
from explorer.training.runs.origin import origin_of
from explorer.training.runs.process import identify
from explorer.training.runs.store import TRAINING
from explorer.ui.canvas.untrained import untrained_units
from explorer.ui.session import state
from explorer.ui.train import network_view


@pytest.fixture
def drawn(monkeypatch) -> list:
    """The pictures handed to the canvas."""
    pictures = []
    monkeypatch.setattr(network_view, "draw_canvas", lambda picture, *more: pictures.append(picture))
    return pictures


def page(run_id: str, sent: list) -> None:
    import streamlit as st

    from explorer.training import RunStore
    from explorer.ui.session.run import current_run, show_run
    from explorer.ui.train.network_view import draw_network_picture

    if "begun" not in st.session_state:
        st.session_state["begun"] = True
        st.session_state["network"] = {"sent": {"instance": "a", "messages": sent}}
        show_run(RunStore().open(run_id))
    draw_network_picture(current_run(), "network", 420)


def visit(run, *asked, owner: str = "") -> AppTest:
    sent = [{"seq": place + 1, "kind": "set_weight", **each} for place, each in enumerate(asked)]
    at = AppTest.from_function(page, args=(run.id, sent), default_timeout=600)
    at.session_state[state.OWNER.key] = owner
    return at.run()


def weight(**changed):
    return {"parameter": "linear1.weight", "target": 3, "source": 0, "value": 0.5, **changed}


def test_a_plane_has_a_picture_of_units_and_any_other_network_its_blocks(finished, drawn, sound):
    plane, digits = finished("plane"), finished("digits")
    sound(visit(plane))
    assert {node.block for node in drawn[-1].nodes} == {"unit", "column"}
    assert (drawn[-1].live.run_id, drawn[-1].live.takes_weights) == (plane.id, True)
    sound(visit(digits))
    assert [node.id for node in drawn[-1].nodes] == [node.id for node in digits.recipe.network.nodes]
    assert all(summary.sketch is None for summary in drawn[-1].summaries.values())
    assert (drawn[-1].editable, drawn[-1].live.run_id, drawn[-1].live.takes_weights) == (False, digits.id, False)


def test_before_the_first_view_units_show_the_untrained_network(finished, drawn, sound):
    run = finished("plane")
    (run.folder / "live.safetensors").unlink()
    sound(visit(run))
    picture = drawn[-1]
    units = [node for node in picture.nodes if node.block == "unit"]
    assert len(units) == 2 + 4 + 2 + 2 and len(picture.edges) == 2 * 4 + 4 * 2 + 2 * 2
    assert all(picture.summaries[node.id].thumbnail.startswith("data:image/png") for node in units)


def test_the_maps_of_the_untrained_network_are_over_the_plane_of_the_runs_views(finished):
    run = finished("plane")
    (untrained, *_rest), _weights = untrained_units(run.recipe)
    (shown, *_rest), _weights = read_network_picture(run.folder)
    assert untrained.title == shown.title == "input"
    assert (untrained.values.astype(np.float32) == shown.values).all()


def test_a_weight_that_the_browser_asks_for_starts_a_fork_which_is_then_shown(finished, drawn, launched, sound):
    run = finished("plane")
    at = sound(visit(run, weight()))
    (child,) = launched
    assert drawn[-1].live.run_id == child.id == at.session_state[state.RUN.key]
    assert str(origin_of(child).changes[0]) == "weight linear1[3, 0] = 0.5"
    step = state_steps(run.frames_folder)[-1]
    assert load_frame(child.frames_folder, step)["linear1.weight"][3, 0] == 0.5
    assert sound(at.run()) and len(launched) == 1


@pytest.mark.parametrize("asked", [weight(target=99), weight(parameter="nothing"), weight(value=float("nan")),
                                   weight(target="3"), {"parameter": "linear1.weight"}])
def test_what_cannot_be_changed_starts_nothing(finished, drawn, launched, sound, asked):
    run = finished("plane")
    sound(visit(run, asked))
    assert launched == [] and RunStore().all() == [run]
    assert drawn[-1].live.run_id == run.id


def test_another_browsers_run_takes_no_weights_while_it_trains_and_a_forged_message_starts_nothing(
        finished, drawn, launched, sound):
    run = finished("plane")
    (run.folder / "owner").write_text("somebody")
    run.write_status(replace(run.stored_status(), state=TRAINING, **identify()))
    sound(visit(run, weight(), owner="me"))
    assert not drawn[-1].live.takes_weights
    assert launched == [] and RunStore().all() == [run]


def test_another_browsers_run_that_has_ended_is_forked_into_a_run_of_ones_own(finished, drawn, launched, sound):
    run = finished("plane")
    (run.folder / "owner").write_text("somebody")
    sound(visit(run, weight(), owner="me"))
    assert [child.owner for child in launched] == ["me"] and drawn[-1].live.takes_weights


def test_the_fork_goes_at_the_speed_that_its_parent_was_slowed_down_to(finished, drawn, launched, sound):
    run = finished("plane")
    writer = MetricsWriter(run.metrics_path)
    writer.set_facts(speed=5.0)
    writer.close()
    sound(visit(run, weight()))
    assert launched[0].take_requests() == ["speed=5.0"]


def test_a_damaged_state_is_a_sentence_and_leaves_no_run_behind(finished, drawn, launched, sound):
    run = finished("plane")
    state_path(run.frames_folder, state_steps(run.frames_folder)[-1]).write_bytes(b"junk")
    sound(visit(run, weight()))
    assert launched == [] and RunStore().all() == [run]
