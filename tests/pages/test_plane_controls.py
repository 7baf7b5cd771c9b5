"""Train, data in a plane: the controls of the Playground, from the click to the run."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import replace

import numpy as np
import psutil
import pytest
from safetensors.numpy import save

from explorer import zoo
from explorer.network.input_features import features_of
from explorer.recipe import Chosen
from explorer.results import Field2D, Scatter
from explorer.results.packing import pack
from explorer.training import RunStore, Session
from explorer.training.analysis.live_view import FILE_NAME
from explorer.training.records.metrics_writer import MetricsWriter
from explorer.training.runs.store import TRAINING
from explorer.ui.session import run as shown_run
from explorer.ui.session import state
from explorer.ui.train import plane_controls, run_controls
from explorer.ui.train.earlier_boundary import earlier_boundary, earlier_runs
from tests.counted import within_calls

CONTROLS = {"plane_features/chosen", "plane_noise/value", "new_seed", "earlier_boundary/run"}


@pytest.fixture(autouse=True)
def no_patience(monkeypatch):
    """No run here has a worker that could obey."""
    monkeypatch.setattr(run_controls, "STOPS_WITHIN_S", 0.0)
    monkeypatch.setattr(shown_run, "DOUBLE_CLICK_S", 0.0)
    monkeypatch.setattr(plane_controls, "SETTLED_AFTER_S", 0.0)


@pytest.fixture
def alive(finished):
    """A run on data in a plane that looks as if this very process trained it."""
    run = finished("plane")
    process = psutil.Process()
    run.write_status(replace(run.status(), state=TRAINING, pid=os.getpid(), pid_created_s=process.create_time(),
                             host=socket.gethostname(), summary={}))
    return run


@pytest.fixture
def at(open_app, sound, alive):
    return sound(open_app("train", alive.recipe, run=alive.id))


def draft_of(at):
    return at.session_state[state.DRAFT.key].recipe


def slider(at, start):
    return next(each for each in [*at.select_slider, *at.slider] if str(each.key).startswith(start))


def features(at):
    return next(each for each in at.get("button_group") if each.key == "plane_features/chosen")


def keys_of(at):
    return {str(each.key) for each in [*at.button, *at.slider, *at.selectbox, *at.get("button_group")]}


def test_they_are_there_for_data_in_a_plane_and_for_no_others(open_app, sound):
    assert keys_of(sound(open_app("train", zoo.recipe("playground")))) >= CONTROLS
    for name in ("lenet_relu", "linear_regression"):
        assert not keys_of(sound(open_app("train", zoo.recipe(name)))) & CONTROLS


def test_the_speed_is_asked_of_the_run_at_once_and_shown_as_recorded(at, sound, alive):
    assert slider(at, "plane_speed").value == 0
    sound(slider(at, "plane_speed").set_value(5.0).run())
    assert alive.take_requests() == ["speed=5.0"]
    assert slider(at, "plane_speed").value == 5, "though the run has not recorded it yet"
    sound(slider(at, "plane_speed").set_value(1.0).run())
    writer = MetricsWriter(alive.metrics_path)
    writer.set_facts(speed=5.0)
    writer.close()
    assert slider(sound(at.run()), "plane_speed").value == 1, "though the run has recorded only the first request"
    writer = MetricsWriter(alive.metrics_path)
    writer.set_facts(speed=7.0)
    writer.close()
    assert slider(sound(at.run()), "plane_speed").value == 7


def test_the_learning_rate_is_asked_of_the_run_at_once(at, sound, alive):
    assert slider(at, "plane_learning_rate").value == alive.recipe.optimizer.params["lr"]
    sound(slider(at, "plane_learning_rate").set_value(3.0).run())
    assert alive.take_requests() == ["learning_rate=3.0"]


def test_what_a_run_obeys_while_it_trains_is_disabled_once_it_has_ended_and_before_it_starts(open_app, sound, finished):
    run = finished("plane")
    for at, why in ((open_app("train", run.recipe, run=run.id), "This run has ended."),
                    (open_app("train", run.recipe), "Applies to a run while it trains.")):
        for start in ("plane_speed", "plane_learning_rate"):
            assert slider(sound(at), start).disabled and slider(at, start).help == why


def test_other_noise_stops_the_run_and_trains_on_other_data(at, sound, alive, launched):
    sound(slider(at, "plane_noise").set_value(1.5).run())
    assert alive.take_requests() == ["stop"]
    (run,) = launched
    assert run.recipe.data.params["noise"] == draft_of(at).data.params["noise"] == 1.5
    assert at.query_params[state.RUN_PARAMETER] == run.id
    assert next(each for each in at.number_input if each.label == "Noise").value == 1.5


def test_a_slider_that_is_moved_step_by_step_starts_one_run(at, sound, alive, launched, monkeypatch):
    monkeypatch.setattr(plane_controls, "SETTLED_AFTER_S", 3600.0)
    for noise in (0.5, 0.6, 0.7):
        sound(slider(at, "plane_noise").set_value(noise).run())
    assert (alive.take_requests(), launched) == ([], [])
    monkeypatch.setattr(plane_controls, "SETTLED_AFTER_S", 0.0)
    sound(at.run())
    assert [run.recipe.data.params["noise"] for run in launched] == [0.7]


def test_a_run_is_not_started_by_a_slider_that_was_moved_long_ago(at, sound, launched, monkeypatch):
    monkeypatch.setattr(plane_controls, "SETTLED_AFTER_S", 3600.0)
    sound(slider(at, "plane_noise").set_value(0.5).run())
    monkeypatch.setattr(plane_controls, "_FORGOTTEN_AFTER_S", 0.0)
    monkeypatch.setattr(plane_controls, "SETTLED_AFTER_S", 0.0)
    sound(at.run())
    assert launched == []


def test_other_features_change_the_network_with_an_undo_step_and_train_it(at, sound, alive, launched):
    before = draft_of(at).network
    sound(features(at).set_value(["x1", "sin_x2"]).run())
    assert alive.take_requests() == ["stop"]
    assert features_of(launched[-1].recipe.network) == ("x1", "sin_x2")
    assert at.session_state[state.UNDO.key][-1] == before
    sound(features(at).set_value(["x1", "x2"]).run())
    assert launched[-1].recipe.network == before


def test_a_run_with_features_trains_and_its_boundary_is_over_the_plane(at, sound, launched):
    sound(features(at).set_value(["x1_squared", "x2_squared"]).run())
    (run,) = launched
    assert Session(run).execute().state == "finished"
    assert earlier_boundary(run.id)[0].values.shape == (60, 60, 2)


def test_no_feature_at_all_is_a_problem_and_the_run_goes_on(at, sound, alive, launched):
    sound(features(at).set_value([]).run())
    assert (alive.take_requests(), launched) == ([], [])
    assert any("Plane features has no feature switched on" in each.value for each in at.markdown)
    sound(at.button(key="recipe_fix/0").click().run())
    assert features(at).value == ["x1", "x2"]


def test_a_new_seed_is_the_next_one_and_a_double_click_starts_one_run(at, sound, alive, launched, monkeypatch):
    monkeypatch.setattr(shown_run, "DOUBLE_CLICK_S", 3600.0)
    for _ in range(2):
        sound(at.button(key="new_seed").click().run())
    assert [run.recipe.seed for run in launched] == [alive.recipe.seed + 1]


def test_a_control_that_is_moved_before_the_page_shows_the_new_run_replaces_that_one(at, sound, launched):
    sound(at.button(key="new_seed").click().run())
    second = RunStore().create(launched[0].recipe)
    second.write_status(replace(second.stored_status(), queued_s=1.0, device="cpu"))
    at.session_state[state.RUN.key] = second.id  # as a start does that came after the page was drawn
    sound(at.button(key="new_seed").click().run())
    assert second.status().state == "stopped"


def test_before_the_first_run_a_change_is_only_kept(open_app, sound, launched):
    at = open_app("train", zoo.recipe("playground"))
    sound(slider(at, "plane_noise").set_value(1.0).run())
    sound(at.button(key="new_seed").click().run())
    assert (draft_of(at).data.params["noise"], draft_of(at).seed, launched) == (1.0, 1, [])


def test_a_waiting_run_is_removed_from_the_queue_by_one_that_replaces_it(open_app, sound, launched):
    run = RunStore().create(zoo.recipe("playground"))
    run.write_status(replace(run.stored_status(), queued_s=1.0, device="cpu"))
    at = open_app("train", run.recipe, run=run.id)
    sound(at.button(key="new_seed").click().run())
    assert (run.status().state, len(launched)) == ("stopped", 1)


def test_another_persons_run_goes_on_beside_the_one_that_a_control_starts(open_app, sound, alive, launched):
    (alive.folder / "owner").write_text("c" * 32)
    at = open_app("train", alive.recipe, run=alive.id)
    assert slider(at, "plane_speed").disabled and "another person's" in slider(at, "plane_speed").help
    sound(slider(at, "plane_noise").set_value(1.5).run())
    assert alive.take_requests() == [] and len(launched) == 1


def test_a_full_disk_leaves_the_run_as_it_is(at, alive, sound, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(RunStore, "create", full)
    sound(at.button(key="new_seed").click().run())
    assert alive.take_requests() == []
    assert any("The run could not be started" in each.value for each in at.warning)


def test_earlier_runs_on_the_same_data_are_offered_with_the_boundary_they_learned(open_app, sound, finished):
    earlier = finished("plane")
    other = RunStore().create(earlier.recipe.with_(data=Chosen("xor")))
    at = sound(open_app("train", earlier.recipe))
    choice = at.selectbox(key="earlier_boundary/run")
    assert len(choice.options) == 2 and not choice.disabled
    sound(choice.set_value(earlier.id).run())
    assert other.id not in at.selectbox(key="earlier_boundary/run").options
    sound(slider(at, "plane_noise").set_value(1.5).run())
    assert " · noise 0.25 · " in at.selectbox(key="earlier_boundary/run").options[1]
    found, _name = earlier_boundary(earlier.id)
    assert len(found.x) == len(found.y) == 60 and 0 <= np.min(found.values) <= np.max(found.values) <= 1
    earlier.delete()
    assert earlier_boundary(earlier.id) is None
    assert sound(at.run()).selectbox(key="earlier_boundary/run").value == ""


def test_earlier_runs_are_read_once_until_their_files_change(finished):
    run = finished("plane")
    for _ in range(30):
        RunStore().create(run.recipe)
    earlier_runs(run.recipe, "")
    (words,) = within_calls(10_000, lambda: earlier_runs(run.recipe, "")).values()
    run.write_status(replace(run.stored_status(), summary={"val_accuracy": 0.125}))
    assert "12.5" in earlier_runs(run.recipe, "")[run.id] and "12.5" not in words


def test_an_earlier_boundary_has_at_most_sixty_points_a_side(finished):
    x, y = np.linspace(-5, 5, 150), np.linspace(-4, 4, 61)
    values = np.zeros((61, 150, 3), np.float32)
    values[:, :75, 2] = values[:, 75:, 1] = 1
    samples = Scatter("", x, x, "x1", "x2", np.zeros(150, np.int64), ("a",))
    arrays, document = pack((Field2D("Decision boundary", x, y, values, samples),))
    run = finished("plane")
    (run.folder / FILE_NAME).write_bytes(save(arrays, {"meta": json.dumps({"results": document, "step": 1})}))
    found, _name = earlier_boundary(run.id)
    assert found.values.shape == (len(found.y), len(found.x), 3) == (31, 50, 3)
    assert found.values.argmax(-1)[0].tolist() == [2] * 25 + [1] * 25
    assert found.y[:2].tolist() == pytest.approx([-4, -4 + 16 / 60])
