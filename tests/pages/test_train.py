"""Train: the recipe form, what keeps a recipe from being trained, and the buttons of a run."""

from __future__ import annotations

import os
import shutil
import socket
from dataclasses import replace

import psutil
import pytest
from streamlit.testing.v1 import AppTest

from explorer import data, tasks, zoo
from explorer.recipe import INITIALIZATIONS, OPTIMIZERS, Chosen, Recipe
from explorer.training import RunStore
from explorer.training.analysis.guess import Guess, guess_of
from explorer.training.loop.pretrained import read_initial_weights
from explorer.training.records.checkpoints import frame_steps, load_frame
from explorer.training.records.metrics import EpochRow
from explorer.training.records.metrics_writer import MetricsWriter
from explorer.training.runs.store import INTERRUPTED, PAUSED, TRAINING
from explorer.ui.session import run as shown_run
from explorer.ui.session import state


@pytest.fixture
def train(open_app) -> AppTest:
    return open_app("train", zoo.recipe("lenet_relu"))


def recipe_of(at: AppTest):
    return at.session_state[state.DRAFT.key].recipe


def field(at: AppTest, label: str):
    widgets = [*at.number_input, *at.selectbox, *at.text_input, *at.checkbox]
    return next(widget for widget in widgets if widget.label.startswith(label))


def shown(at: AppTest) -> str:
    return "\n".join(element.value for element in [*at.markdown, *at.error, *at.warning, *at.info, *at.caption])


def test_a_setting_is_kept_in_the_recipe(train, sound):
    for label, value, name in ("Batch size", 64, "batch_size"), ("Epochs", 3, "epochs"), ("Seed", 7, "seed"):
        sound(field(train, label).set_value(value).run())
        assert getattr(recipe_of(train), name) == value


def test_another_optimizer_brings_its_own_settings(train, sound, subtests):
    for name in OPTIMIZERS.names():
        with subtests.test(optimizer=name):
            sound(field(train, "Optimizer").set_value(name).run())
            assert recipe_of(train).optimizer.name == name
            for spec in OPTIMIZERS.get(name).params:
                assert field(train, spec.title)


def test_another_initialization_is_kept(train, sound, subtests):
    for name in INITIALIZATIONS.names():
        with subtests.test(initialization=name):
            sound(field(train, "Initialization").set_value(name).run())
            assert recipe_of(train).init.name == name


@pytest.mark.parametrize("name", data.names())
def test_any_data_set_can_be_chosen_and_either_fits_or_the_page_says_why_not(train, sound, name, monkeypatch, tmp_path):
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "empty"))
    sound(field(train, "Data").set_value(name).run())
    assert recipe_of(train).data.name == name
    assert tasks.of(recipe_of(train)) == tasks.fitting(data.get(name))[0]
    blocked = train.button(key="start").disabled
    assert blocked == (":red[:material/error:]" in shown(train) or not data.is_available(name))
    if not data.is_available(name):
        assert "is not on this machine yet" in shown(train)


def test_data_of_another_task_bring_their_loss_and_the_page_says_so(train, sound):
    before = recipe_of(train).loss.name
    sound(field(train, "Data").set_value("sine").run())
    assert (before, recipe_of(train).loss.name) == ("cross_entropy", "mse")
    assert "Cross-entropy does not fit Regression, so the loss is now Mean squared error." in shown(train)


def test_a_loss_of_a_file_that_does_not_fit_is_a_problem_and_another_can_be_chosen(open_app, sound):
    recipe = zoo.recipe("mlp")
    at = sound(open_app("train", Recipe.from_dict({**recipe.to_dict(), "loss": {"name": "huber"}})))
    assert at.button(key="start").disabled
    assert "Huber is not a loss for Classification" in shown(at)
    sound(field(at, "Loss").set_value("mse").run())
    assert not at.button(key="start").disabled and recipe_of(at).loss.name == "mse"


def test_data_that_does_not_fit_is_told_with_its_fix(open_app, sound, launched):
    at = open_app("train", zoo.recipe("mlp").with_(data=Chosen("circles")))
    assert at.button(key="start").disabled
    fixes = []
    while fix := [button for button in at.button if str(button.key).startswith("recipe_fix/")]:
        fixes.append(fix[0].label)
        sound(fix[0].click().run())
        assert len(fixes) < 10
    assert not at.button(key="start").disabled, shown(at)
    assert fixes


def test_train_makes_a_run_of_the_recipe_and_hands_it_over(train, sound, launched):
    sound(train.button(key="start").click().run())
    (run,) = launched
    assert run.recipe == recipe_of(train)
    assert train.query_params[state.RUN_PARAMETER] == run.id
    assert not [button for button in train.button if button.key == "start"], "the run goes on; another can be started"


def test_another_run_can_be_started_while_one_goes_on_a_double_click_starts_one(train, sound, launched, monkeypatch):
    monkeypatch.setattr(shown_run, "DOUBLE_CLICK_S", 3600.0)  # two clicks are at once, however slow the machine
    sound(train.button(key="start").click().run())
    sound(train.button(key="start_another").click().run())
    assert len(launched) == 1
    monkeypatch.setattr(shown_run, "DOUBLE_CLICK_S", 0.0)
    sound(field(train, "Epochs").set_value(3).run())
    sound(train.button(key="start_another").click().run())
    assert [run.recipe.epochs for run in launched] == [10, 3]
    assert train.query_params[state.RUN_PARAMETER] == launched[1].id


def test_a_disk_that_is_full_is_told_when_a_run_is_started(train, sound, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(RunStore, "create", full)
    sound(train.button(key="start").click().run())
    assert "The run could not be started: No space left on device." in shown(train)


def test_a_finished_run_says_what_it_reached_and_leads_inside(open_app, sound, finished):
    run = finished()
    at = open_app("train", run.recipe, run=run.id)
    assert f"test accuracy **{run.status().summary['test_accuracy']:.4f}**" in shown(at)
    sound(at.button(key="inspect").click().run())
    assert at.query_params[state.RUN_PARAMETER] == run.id


@pytest.fixture
def alive(finished):
    """A run that looks as if this very process trained it."""
    run = finished()
    mine = psutil.Process()
    run.write_status(replace(run.status(), state=TRAINING, pid=os.getpid(), pid_created_s=mine.create_time(),
                             host=socket.gethostname(), summary={}))
    return run


@pytest.mark.parametrize("verb", ("pause", "one_batch", "one_epoch", "stop"))
def test_a_button_asks_the_worker_for_it(verb, open_app, sound, alive):
    at = open_app("train", alive.recipe, run=alive.id)
    sound(at.button(key=verb).click().run())
    assert alive.take_requests() == [verb]


def test_a_paused_run_can_be_resumed(open_app, sound, alive):
    alive.write_status(replace(alive.status(), state=PAUSED))
    at = open_app("train", alive.recipe, run=alive.id)
    sound(at.button(key="resume").click().run())
    assert alive.take_requests() == ["resume"]


def test_a_learning_rate_that_arrives_with_the_click_on_set_is_the_one_asked_for(open_app, sound, alive):
    at = open_app("train", alive.recipe, run=alive.id)
    next(number for number in at.number_input if "new_rate" in number.key).set_value(0.003)
    sound(at.button(key="set_learning_rate").click().run())
    assert alive.take_requests() == ["learning_rate=0.003"]


@pytest.mark.parametrize("verb", ("pause", "one_batch", "one_epoch", "stop"))
def test_a_button_of_a_run_that_was_just_deleted_is_told(verb, open_app, sound, alive):
    at = open_app("train", alive.recipe, run=alive.id)
    shutil.rmtree(alive.folder)
    sound(at.button(key=verb).click().run())
    assert "deleted" in shown(at)


def test_an_interrupted_run_can_be_continued(open_app, sound, alive, launched):
    alive.write_status(replace(alive.status(), state=INTERRUPTED))
    at = open_app("train", alive.recipe, run=alive.id)
    sound(at.button(key="continue").click().run())
    assert launched == [alive]


def test_continuing_a_run_that_was_just_deleted_is_told(open_app, sound, alive):
    alive.write_status(replace(alive.status(), state=INTERRUPTED))
    at = open_app("train", alive.recipe, run=alive.id)
    shutil.rmtree(alive.folder)
    sound(at.button(key="continue").click().run())
    assert "deleted" in shown(at)


def test_a_guess_is_made_before_the_run_and_told_beside_its_result(train, sound, launched):
    sound(field(train, "Your guess").set_value(2).run())
    sound(train.button(key="start").click().run())
    (run,) = launched
    assert guess_of(run) == Guess(2)
    writer = MetricsWriter(run.metrics_path)
    for epoch, accuracy in ((1, 0.5), (2, 0.8), (3, 0.93)):
        writer.add_epoch(EpochRow(epoch, epoch, {"validation": {"accuracy": accuracy}}))
    writer.close()
    run.write_status(replace(run.stored_status(), state=INTERRUPTED))
    sound(train.run())
    assert "You guessed 90\N{NO-BREAK SPACE}% in epoch 2: it was epoch 3." in shown(train)


def test_weights_that_are_gone_are_told_and_leave_no_run_behind(open_app, sound, finished, launched):
    run = finished("digits")
    at = open_app("train", run.recipe, run=run.id)
    at = sound(at.selectbox(key="initial_weights_field").set_value(run.id).run())
    assert any("weight tensors are loaded" in caption.value for caption in at.caption)
    at = sound(at.button(key="start").click().run())
    (started,) = launched
    last = load_frame(run.frames_folder, frame_steps(run.frames_folder)[-1])
    assert read_initial_weights(started).keys() == last.keys()
    before = len(RunStore().list())
    for path in run.frames_folder.iterdir():
        path.unlink()
    at.session_state[state.STARTED_S.key] = float("-inf")
    at.session_state[state.RUN.key] = run.id
    at = sound(at.run())
    at = sound(at.button(key="start").click().run())
    assert len(launched) == 1 and len(RunStore().list()) == before
    assert any("has no checkpoints" in warning.value for warning in at.warning)
