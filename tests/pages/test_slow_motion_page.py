"""Slow motion: one step of training, moment by moment, on the page."""

import numpy as np
import pytest

from explorer import zoo
from explorer.formatting import format_number, format_percent
from explorer.training.analysis.slow_motion import SlowMotion
from explorer.ui.session import state


def words(at) -> str:
    return "\n".join(element.value for element in [*at.markdown, *at.success, *at.latex, *at.error])


def press(at, key):
    return at.button(key=key).click().run()


def test_every_moment_tells_its_numbers(open_app, sound, trained):
    recipe = trained("digits").recipe
    step = SlowMotion(recipe).take_step()
    by_address = {node.address: node for node in step.nodes}
    at = sound(open_app("slow_motion", recipe))
    assert "1 of 12" in words(at)  # five forward, the loss, four backward, two updates
    at = sound(press(at, "later"))
    conv = by_address["conv1"]
    assert "Input 1×28×28, output **3×8×8**" in words(at) and format_number(conv.weight_norm) in words(at)
    at = sound(press(at, "stage/loss"))
    assert f"is the loss: **{format_number(step.loss)}**" in words(at) and "The first sample is **" in words(at)
    at = sound(press(at, "stage/backward"))
    assert f"norm **{format_number(by_address['linear1'].gradient_norm)}** over the batch" in words(at)
    at = sound(press(at, "stage/update"))
    assert f"{format_number(100 * conv.change_norm / conv.weight_norm, 3)} %" in words(at)
    while not at.button(key="later").disabled:
        at = sound(press(at, "later"))
    assert f"goes from {format_number(step.loss)} to {format_number(step.loss_after)}" in words(at)


def test_the_next_batch_goes_on_with_the_changed_weights(open_app, sound, trained):
    recipe = trained("digits").recipe
    motion = SlowMotion(recipe)
    motion.take_step()
    second = motion.take_step()
    at = sound(press(open_app("slow_motion", recipe), "next_batch"))
    at = sound(press(at, "stage/loss"))
    assert f"is the loss: **{format_number(second.loss)}**" in words(at)


@pytest.mark.parametrize("name", ["nested", "plane", "line", "text"])
def test_every_kind_of_network_can_be_walked_through(open_app, sound, trained, name):
    at = sound(open_app("slow_motion", trained(name).recipe))
    while not at.button(key="later").disabled:
        at = sound(press(at, "later"))
    assert "The loss of the same batch" in words(at)


def test_a_text_tells_what_comes_next_and_how_sure_it_was(open_app, sound, trained):
    recipe = trained("text").recipe
    step = SlowMotion(recipe).take_step()
    odds = np.exp(step.outputs[0, -1] - step.outputs[0, -1].max())
    share = odds[step.targets[0, -1]] / odds.sum()
    at = sound(press(open_app("slow_motion", recipe), "stage/loss"))
    assert f"a probability of {format_percent(share)}" in words(at) and f"{-np.log(share):.3f}" in words(at)


def test_a_run_is_looked_at_from_where_it_was_kept(open_app, sound, finished):
    run = finished("digits")
    at = sound(open_app("slow_motion", run.recipe, run=run.id))
    assert "1 of 12" in words(at)


def test_it_plays_by_itself_until_it_is_paused(open_app, sound, trained):
    at = sound(press(open_app("slow_motion", trained("digits").recipe), "play"))
    assert at.session_state[state.PLAYING.key][0] and at.button(key="play").label == "Pause"
    at.session_state[state.PLAYING.key] = (True, 0.0)  # long ago
    at = sound(at.run())
    assert at.session_state[state.MOMENT.key] == 1
    assert at.button(key="play").label == "Pause"
    at = sound(press(at, "play"))
    assert at.button(key="play").label == "Play"


def test_what_cannot_be_trained_is_told(open_app, sound):
    at = sound(open_app("slow_motion", zoo.recipe("lenet").with_(task="regression")))
    assert any("asks for Classification" in error.value for error in at.error)
    at = sound(open_app("slow_motion", zoo.recipe("resnet18").with_(batch_size=65536)))
    assert any("takes too long" in error.value for error in at.error)
