"""Inspect's own choices: which run, which step, which block; the subject that its probes look at."""

from __future__ import annotations

import hashlib
from itertools import islice

import streamlit as st

from explorer import network
from explorer.network import BuiltNetwork
from explorer.probes import Subject
from explorer.recipe import Recipe
from explorer.training import Run, RunStore
from explorer.training.records.checkpoints import DamagedFrame, frame_steps, load_frame
from explorer.training.runs.recording import is_recording
from explorer.ui.data.run_picker import describe_run
from explorer.ui.glossary import hover
from explorer.ui.inspect.input import Input
from explorer.ui.inspect.outcome import settle_requests
from explorer.ui.inspect.probe_view import block_title, forget_enlarged
from explorer.ui.language import _
from explorer.ui.session import state
from explorer.ui.session.memo import remember
from explorer.ui.session.person import owner
from explorer.ui.session.run import show_run
from explorer.ui.widgets import samples

_RUNS = 30  # to choose from


def draw_run_choice(run: Run) -> None:
    """Choose which of the recent runs is looked into."""
    runs = list(islice((each for each in RunStore().list(owner()) if not is_recording(each.folder)), _RUNS))
    runs = runs if run in runs else [run, *runs]
    chosen = st.selectbox(_("Run"), runs, index=runs.index(run), key=f"run_choice/{run.id}",
                          format_func=lambda each: describe_run(each, with_state=True) or _("damaged run"))
    if chosen != run:
        show_run(chosen)
        forget_enlarged()
        st.rerun(scope="app")


def draw_time(run: Run) -> int | None:
    """Choose one of the steps of which weights were kept; None where there is none."""
    steps = frame_steps(run.frames_folder)
    if not steps:
        st.info(_("No weights have been kept yet."))
        return None
    if len(steps) == 1:
        return steps[0]
    return st.select_slider(_("Step of training"), steps, value=steps[-1], key=f"time/{run.id}/{steps[-1]}",
                            format_func=lambda step: f"{step:,}", help=hover("checkpoint"))


def draw_block_choice(recipe: Recipe, model: BuiltNetwork) -> str:
    """Choose the block that is looked into, by its address; "" for the whole network, also where there is no block."""
    blocks = [name for name, module in model.named_modules() if name and isinstance(module, BuiltNetwork)]
    if not blocks:
        return ""
    names = {"": _("the whole network"), **{name: f"{name} · {block_title(recipe, name)}" for name in blocks}}
    return st.selectbox(_("Part of the network"), list(names), format_func=names.get, on_change=forget_enlarged,
                        key=f"inside/{recipe.network.digest[:12]}") or ""


def model_at(run: Run, step: int) -> BuiltNetwork:
    """Load the weights of a step into this session's own copy of the network. Raises DamagedFrame."""
    model = remember(state.MODEL, run.id, lambda: _build(run))
    return remember(state.LOADED, (run.id, step), lambda: _load(model, run, step))


def _build(run: Run) -> BuiltNetwork:
    state.LOADED.clear()  # the model of the run before
    return network.build(run.recipe.network)


def _load(model: BuiltNetwork, run: Run, step: int) -> BuiltNetwork:
    try:
        model.load_state_dict(load_frame(run.frames_folder, step))
    except RuntimeError as error:
        raise DamagedFrame(str(error)) from error
    return model


def look_at(run: Run, step: int, model: BuiltNetwork, chosen: Input, inside: str) -> Subject:
    """Put together the subject of the page's probes; requests for another one end."""
    dataset = samples.dataset_of(run.recipe)
    values = hashlib.blake2b(chosen.batch.numpy().tobytes(), digest_size=16).digest()
    subject = Subject(model, chosen.batch, run.recipe, dataset.class_names, dataset.target or dataset.title, inside,
                      chosen.tokens, key=(run.id, step, values, chosen.tokens))
    settle_requests(subject)
    return subject
