"""Slow motion: one step of training on the network's own drawing, moment by moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import streamlit as st

from explorer import data, network
from explorer.formatting import format_number
from explorer.network.signs import never_negative
from explorer.recipe import Recipe
from explorer.spec import BadValue
from explorer.text import text
from explorer.training import Run, RunDeleted
from explorer.training.analysis.slow_motion import NodeStep, SlowMotion, SlowStep, TooLarge
from explorer.training.records.checkpoints import DamagedFrame, state_steps
from explorer.training.work.recipe_check import problems
from explorer.ui.canvas.component import read_canvas
from explorer.ui.canvas.component.messages import Selected
from explorer.ui.canvas.component.picture import CanvasPicture
from explorer.ui.glossary import hover
from explorer.ui.language import _
from explorer.ui.session import state
from explorer.ui.session.memo import recall, renew
from explorer.ui.session.notices import draw_problem, guarded
from explorer.ui.session.person import theme
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.slow_motion import drawing
from explorer.ui.slow_motion.slow_moment import (
    BACKWARD,
    FORWARD,
    LOSS,
    UPDATE,
    Moment,
    draw_moment,
    moments_of,
    share_moved,
)
from explorer.ui.widgets.thumbnail import draw_thumbnail

_NO_STEP = (TooLarge, DamagedFrame, data.DataMissing, data.Misfit, BadValue)  # known reasons, each with its words
_PLAY_S = 1.5


def draw_start(recipe: Recipe, run: Run | None) -> bool:
    """Draw the choice of the step to start after. Returns whether there is a step to show; if not, the reason is shown.
    """
    if found := problems(recipe):
        draw_problem(found[0].message)
        return False
    starts = _starts(run, recipe)
    chosen = st.select_slider(
        _("Start after step"), starts, value=starts[0], key=f"slow_start/{run.id}", format_func="{:,}".format,
        help=_("The checkpoints that the run has kept; 0 is before training.")) if len(starts) > 1 else 0
    key = (run.id if run else None, chosen, recipe)
    return recall(state.SLOW, key) is not None or _begin(key, recipe, run, chosen)


def _starts(run: Run | None, recipe: Recipe) -> list[int]:
    """List the steps to start after: not the very last, which no step follows."""
    if run is None:
        return [0]
    try:
        kept = state_steps(run.frames_folder)
        ended = run.status().state == "finished"
    except RunDeleted:
        return [0]
    return kept[:-1] if ended and len(kept) > 1 else kept or [0]


def _begin(key: tuple, recipe: Recipe, run: Run | None, start: int) -> bool:
    try:
        with st.spinner(_("Preparing a batch …"), show_time=True), guarded(text("A step of training"), _NO_STEP):
            has_state = run is not None and start in state_steps(run.frames_folder)
            _take_step(key, lambda: SlowMotion(recipe, run if has_state else None, start))
            return True
    except TooLarge:
        draw_problem(_("A batch of this network takes too long to show while you wait. Set a smaller batch size on "
                       "Train, or choose a smaller network."))
    except _NO_STEP as error:
        draw_problem(getattr(error, "sentence", None) or _("This checkpoint cannot be read. Choose another one."))
    return False


def _take_step(key: tuple, motion: Callable[[], SlowMotion]) -> None:
    """Take the next step of a motion, shown from its first moment on."""
    def take() -> tuple[SlowMotion, SlowStep]:
        state.MOMENT.clear()
        moving = motion()
        return moving, moving.take_step()

    renew(state.SLOW, key, take)


def draw_step(recipe: Recipe) -> None:
    """Draw the controls, the drawing and this moment; advances automatically while it plays."""
    playing = _is_playing()
    st.fragment(_draw_step, run_every=_PLAY_S if playing else None)(recipe, playing)


def _is_playing() -> bool:
    return state.PLAYING.value[0]


def _draw_step(recipe: Recipe, was_playing: bool) -> None:
    kept = state.SLOW.value
    if kept is None:  # the whole page is about to take another step
        return
    motion, step = kept.value
    moments = moments_of(step, recipe.network.outputs[0])
    _go_on(len(moments))
    _follow_clicks(moments)
    if _is_playing() != was_playing:
        st.rerun()  # only the whole page can begin, or cease, to draw this by itself
    place = min(state.MOMENT.value, len(moments) - 1)
    _draw_controls(moments, place, motion.finished)
    canvas, side = st.columns(drawing.SHARES, gap="medium")
    with canvas:
        drawing.draw_picture(_picture(recipe, step, moments, place), place)
    with side.container(border=True, key="slow_side"), guarded(text("This moment")):
        draw_moment(recipe, step, moments[place], place == len(moments) - 1)


@uninterrupted
def _go_on(count: int) -> None:
    """Advance to the next moment, if it plays and the last one was shown long enough."""
    playing, since_s = state.PLAYING.value
    now_s, place = time.monotonic(), state.MOMENT.value
    if playing and now_s - since_s > 0.8 * _PLAY_S:
        state.MOMENT.value = min(place + 1, count - 1)
        state.PLAYING.value = (place + 1 < count - 1, now_s)


@uninterrupted
def _follow_clicks(moments: list[Moment]) -> None:
    """Move to a node that was clicked, within the stage that is shown."""
    for message in read_canvas(drawing.CANVAS):
        place = min(state.MOMENT.value, len(moments) - 1)
        wanted = Moment(moments[place].stage, message.nodes[-1]) if isinstance(message, Selected) and message.nodes \
            else None
        if wanted in moments:
            state.MOMENT.value = moments.index(wanted)


def _draw_controls(moments: list[Moment], place: int, finished: bool) -> None:
    titles = {FORWARD: _("1 Forward"), LOSS: _("2 Loss"), BACKWARD: _("3 Backward"), UPDATE: _("4 Update")}
    stages = [stage for stage in titles if any(moment.stage == stage for moment in moments)]
    playing = _is_playing()
    with st.container(horizontal=True, vertical_alignment="center"):
        for stage in stages:
            first = next(index for index, moment in enumerate(moments) if moment.stage == stage)
            st.button(titles[stage], key=f"stage/{stage}", on_click=_jump, args=(first,), help=hover(_TERMS[stage]),
                      type="primary" if moments[place].stage == stage else "secondary")
        st.button("◀", key="earlier", on_click=_jump, args=(place - 1,), disabled=place == 0, help=_("Previous node"))
        st.button("▶", key="later", on_click=_jump, args=(place + 1,), disabled=place == len(moments) - 1,
                  help=_("Next node"))
        st.button(_("Pause") if playing else _("Play"), key="play", on_click=_play, args=(not playing, len(moments)),
                  icon=":material/pause:" if playing else ":material/play_arrow:")
        st.button(_("Next batch"), key="next_batch", icon=":material/skip_next:", on_click=_next_batch,
                  disabled=finished,
                  help=_("Continue with the updated weights and the next batch of the training."))
        st.markdown(f":small[:gray[{_('{place} of {count}', place=place + 1, count=len(moments))}]]")


_TERMS = {FORWARD: "forward_pass", LOSS: "loss", BACKWARD: "backpropagation", UPDATE: "step"}


@uninterrupted
def _jump(place: int) -> None:
    state.MOMENT.value = place
    state.PLAYING.value = (False, 0.0)


@uninterrupted
def _play(wanted: bool, count: int) -> None:
    if wanted and state.MOMENT.value >= count - 1:
        state.MOMENT.value = 0
    state.PLAYING.value = (wanted, time.monotonic())


@uninterrupted
def _next_batch() -> None:
    if kept := state.SLOW.value:
        motion, _step = kept.value
        _take_step(kept.key, lambda: motion)


def _picture(recipe: Recipe, step: SlowStep, moments: list[Moment], place: int) -> CanvasPicture:
    """Make the picture of the network; every node that the stage has reached shows what happened at it."""
    net, now = recipe.network, moments[place]
    analysis = network.analyze(net)
    seen = {moment.node for moment in moments[:place + 1] if moment.stage == now.stage or now.stage == LOSS}
    unsigned = never_negative(net, analysis, len(analysis.signals[net.inputs[0]].shape) == 3)
    thumbnails, words = {}, {}
    for node in step.nodes:
        if node.address in seen:
            words[node.address] = _in_short(node, now.stage)
            if (values := _seen_values(node, now.stage)) is not None:
                is_input = node.address in net.inputs and now.stage in (FORWARD, LOSS)
                signed = now.stage in (BACKWARD, UPDATE) or node.address not in unsigned
                thumbnails[node.address] = draw_thumbnail(values, theme(), is_input, signed)
    return replace(drawing.picture_of(net, analysis, _remark(step, now), thumbnails, words), selected=(now.node,))


def _seen_values(node: NodeStep, stage: str) -> np.ndarray | None:
    """Select the values on a card in a stage: the output, its gradient, or the update of the weights."""
    if stage == BACKWARD:
        return node.gradient
    if stage != UPDATE:
        return node.output
    change = node.change
    return change if change is None or change.ndim < 4 else change.reshape(-1, *change.shape[-2:])


def _in_short(node: NodeStep, stage: str) -> str:
    if stage == BACKWARD:
        return _("gradient {norm}", norm=format_number(node.gradient_norm, 3))
    if stage == UPDATE:
        return _("moves by {share}", share=share_moved(node)) if node.parameters else ""
    low, high = float(np.min(node.output)), float(np.max(node.output))
    return f"{format_number(low, 3)} … {format_number(high, 3)}"


def _remark(step: SlowStep, now: Moment) -> str:
    sentences = {
        FORWARD: _("Forward: the batch passes through the network, node by node. Pictures show its first sample."),
        LOSS: _("Loss: the predictions are compared with the truth; one number measures how wrong they are."),
        BACKWARD: _("Backward: from the loss to the input, how much each number contributed to it."),
        UPDATE: _("Update: every weight moves a little against its gradient."),
    }
    where = _("Epoch {epoch}, batch {batch}.", epoch=step.epoch + 1, batch=step.batch + 1)
    return f"{where} {sentences[now.stage]}"
