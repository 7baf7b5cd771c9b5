"""The subject that Inspect's probes look at: a network with the weights of a step, an input, and a block of it."""

from __future__ import annotations

import hashlib

import streamlit as st

from explorer import network
from explorer.network import BuiltNetwork
from explorer.probes import Subject
from explorer.recipe import Recipe
from explorer.training import Run
from explorer.training.records.checkpoints import DamagedFrame, load_frame
from explorer.ui.inspect.input import Input
from explorer.ui.inspect.outcome import settle_requests
from explorer.ui.inspect.probe_view import block_title, forget_enlarged
from explorer.ui.language import _
from explorer.ui.session import state
from explorer.ui.session.memo import remember
from explorer.ui.widgets import samples


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
