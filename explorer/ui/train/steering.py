"""Steering of a run: another learning rate while it trains, a fork from a checkpoint, and its family."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from explorer.recipe import KINDS, SETTINGS, Recipe, choose
from explorer.spec import BadValue, Number, ParamSpec
from explorer.text import Text, text
from explorer.training import Run, RunDeleted, RunStore
from explorer.training.records.checkpoints import state_steps
from explorer.training.runs.origin import Origin, Relative, family
from explorer.training.work.fork import CannotFork, fork
from explorer.ui.app import background
from explorer.ui.language import _, plain
from explorer.ui.session.fields import typed
from explorer.ui.session.notices import failed, tell
from explorer.ui.session.person import owner
from explorer.ui.session.run import is_mine, owner_only, show_run
from explorer.ui.session.state import Slot, pending
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.widgets.forms import draw_param, form_key

_LR = Number("learning_rate", "Learning rate", 0.01, low=0, high=1e6, help="Applies from the next step; the schedule "
             "continues from it.")
# settings that can change midway
_CHANGEABLE = ("epochs", "weight_decay", "clip_norm", "averaging", "patience", "instruments")
_SPECS = {spec.name: spec for spec in SETTINGS}
_NEW_RATE, _FORK = "steering/new_rate", "steering/fork"  # keys of what is typed and not asked for yet


def draw_steering(run: Run | None, with_rate: bool) -> None:
    """Draw the actions for this run, each in a popover: a learning rate from now on, where asked for, and a fork."""
    if run is None:
        return
    if with_rate and is_mine(run):
        _draw_learning_rate(run)
    _draw_fork(run)


def _draw_learning_rate(run: Run) -> None:
    """Draw a field that sets the learning rate of a run that trains."""
    with st.popover(_("Learning rate"), icon=":material/speed:", key="learning_rate"):
        rate = _new_rate(run)
        with st.container(key="new_learning_rate"):
            draw_param(_LR, rate.value, _rate_field(run), partial(_remember, rate))
        st.button(_("Set"), key="set_learning_rate", on_click=set_learning_rate, args=(run,))


def _rate_field(run: Run) -> str:
    return f"{_new_rate(run).key}/field"


def _new_rate(run: Run) -> Slot[float]:
    return pending(f"{_NEW_RATE}/{run.id}", run.recipe.optimizer.params["lr"])


def _remember(slot: Slot[Any], value: Any) -> None:
    slot.value = value


@uninterrupted
@owner_only
def set_learning_rate(run: Run, shown: str = "") -> None:
    """Ask the run for the learning rate in its field; `shown` is the value displayed there at the click."""
    try:
        run.request("learning_rate", _chosen_rate(run, shown))
    except FileNotFoundError:
        pass  # its folder was deleted, which the page shows
    except OSError as error:
        failed(text("The request could not be sent to the run"), error)


def _chosen_rate(run: Run, shown: str) -> float:
    """Read the displayed value, to the last digit where the field still holds it.

    A number typed just before a click arrives with it, and the field's own callback may be called after the button's.
    """
    held = typed(form_key(f"{_rate_field(run)}/{_LR.name}"))
    if held is None:
        held = _new_rate(run).value
    try:
        rate = _LR.parse(float(shown))
    except (ValueError, BadValue):
        return held
    return held if f"{held:g}" == f"{rate:g}" else rate


@dataclass(frozen=True)
class _Change:
    """A change that a fork can make: a setting, a setting of the optimizer, or another schedule.

    `title` is English, to be translated when it is shown.
    """

    path: str
    title: str
    spec: ParamSpec | None = None


def _changes(recipe: Recipe) -> list[_Change]:
    optimizer = KINDS["optimizer"].get(recipe.optimizer.name)
    return [_Change("", "nothing"),
            *(_Change(f"optimizer.{spec.name}", spec.title, spec) for spec in optimizer.params),
            _Change("optimizer.name", "Optimizer"), _Change("schedule.name", "Schedule of the learning rate"),
            *(_Change(name, _SPECS[name].title, _SPECS[name]) for name in _CHANGEABLE)]


def _draw_fork(run: Run) -> None:
    """Draw the checkpoint to start from, the one thing to change, and the button that starts the new run."""
    steps = state_steps(run.frames_folder)
    if not steps:
        return
    with st.popover(_("Fork"), icon=":material/call_split:", key="fork",
                    help=_("Goes back to a checkpoint and continues from there as a new run, with one thing changed. "
                           "This run stays as it is.")):
        step = steps[0] if len(steps) == 1 else st.select_slider(
            _("From step"), steps, value=steps[-1], key=f"{_FORK}/{run.id}/step", format_func=lambda step: f"{step:,}")
        changes = {change.path: change for change in _changes(run.recipe)}
        path = st.selectbox(_("What to change"), list(changes), index=1, key=f"{_FORK}/{run.id}/path",
                            format_func=lambda path: _(changes[path].title))
        recipe = _changed(run, changes[path])
        st.button(_("Start the fork"), key="start_fork", type="primary", icon=":material/call_split:",
                  disabled=recipe is None, on_click=_start, args=(run, step, recipe, changes[path]))


def _changed(run: Run, change: _Change) -> Recipe | None:
    """Make the recipe with the value of the field below; None where that is not allowed."""
    key = f"{_FORK}/{run.id}/{change.path}"
    if not change.path:
        return run.recipe
    field, _dot, name = change.path.partition(".")
    if name == "name":
        registry = KINDS[field]
        chosen = st.selectbox(_(change.title), registry.names(), key=key,
                              format_func=lambda each: _(registry.get(each).title))
        same = {"lr": run.recipe.optimizer.params["lr"]} if field == "optimizer" else {}
        return run.recipe.with_(**{field: choose(registry, chosen, same)})
    before = getattr(run.recipe, field).params[name] if name else getattr(run.recipe, field)
    wanted = pending(key, before)
    draw_param(change.spec, wanted.value, f"{key}/field", partial(_remember, wanted))
    try:
        return _with_value(run.recipe, field, name, wanted.value)
    except BadValue:
        return None


def _with_value(recipe: Recipe, field: str, name: str, value: Any) -> Recipe:
    if not name:
        return recipe.with_(**{field: value})
    chosen = getattr(recipe, field)
    return recipe.with_(**{field: choose(KINDS[field], chosen.name, {**chosen.params, name: value})})


@uninterrupted
def _start(parent: Run, step: int, recipe: Recipe, change: _Change) -> None:
    """Make the fork and hand it to a worker."""
    try:
        run = fork(RunStore(), parent, step, recipe, _words(recipe, change), owner())
        background.launcher().start(run)
    except (CannotFork, RunDeleted):
        tell(text("This run no longer has a checkpoint of step {step:,}.", step=step))
    except OSError as error:
        failed(text("The run could not be started"), error)
    except sqlite3.Error:
        tell(text("This run's metrics file is damaged, so no run can continue from it."))
    else:
        show_run(run)


def _words(recipe: Recipe, change: _Change) -> Text | None:
    """Describe the change in a few words for the family tree."""
    field, _dot, name = change.path.partition(".")
    if not field:
        return None
    chosen = getattr(recipe, field)
    if name == "name":
        return text(KINDS[field].get(chosen.name).title)
    value = chosen.params[name] if name else chosen
    shown = f"{value:g}" if isinstance(value, int | float) else str(value)
    return text("{setting} {value}", setting=text(change.title), value=shown)


def draw_family(run: Run) -> None:
    """Draw the runs that came from one another, each with its change and result; a click opens one."""
    relatives = family(run, RunStore().list(owner()))
    if len(relatives) < 2:
        return
    st.markdown(f"**{_('Origin of this run')}**")
    for relative in relatives:
        _draw_relative(relative, relative.run.id == run.id)


def _came_from(origin: Origin) -> str:
    changes = " + ".join(plain(_(change), 80) for change in origin.changes) or _("nothing changed")
    if not origin.step:
        return _("from the start: {change}", change=changes)
    return _("from step {step}: {change}", step=f"{origin.step:,}", change=changes)


def _draw_relative(relative: Relative, is_this: bool) -> None:
    try:
        status = relative.run.status()
    except RunDeleted:
        return
    words, button = st.columns([0.85, 0.15], vertical_alignment="center")
    indent = "&emsp;" * 2 * relative.depth + ("↳ " if relative.depth else "")
    origin = relative.origin
    came = _came_from(origin) if origin else plain(relative.run.recipe.network.name, 60)
    accuracy = status.summary.get("val_accuracy")
    loss = status.summary.get("val_loss")
    reached = _("validation accuracy {value}", value=f"{accuracy:.4f}") if accuracy is not None else \
        _("validation loss {value}", value=f"{loss:.4g}") if loss is not None else ""
    name = f"**{came}**" if is_this else came
    words.markdown(f"{indent}{name}&ensp;:small[:gray[{_(status.state)}{' · ' if reached else ''}{reached}]]")
    if not is_this and button.button(_("Open"), key=f"open_relative/{relative.run.id}"):
        show_run(relative.run)
        st.rerun()
