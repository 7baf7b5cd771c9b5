"""Fine-tuning: the initial weights of a run, and how fast each part of the network learns."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import streamlit as st

from explorer import network
from explorer.document import Network
from explorer.recipe import Recipe
from explorer.text import text
from explorer.training import Run, RunStore, UnknownRun
from explorer.training.loop.pretrained import (
    Fitting,
    NoWeights,
    fit_weights,
    read_weights,
    weights_of,
    write_initial_weights,
)
from explorer.training.records.checkpoints import frame_steps
from explorer.training.runs.origin import Origin, origin_of, write_origin
from explorer.ui.app.torch_import import lacks_torch
from explorer.ui.data.run_picker import recent_runs
from explorer.ui.glossary import hover
from explorer.ui.language import _, plain
from explorer.ui.session import draft, state
from explorer.ui.session.fields import typed
from explorer.ui.session.person import owner
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.widgets.forms import form_key, is_current
from explorer.zoo.torchvision_keys import state_from_torchvision, twins

_FRESH, _FILE = "", "file"
_FIELD, _UPLOAD = "initial_weights_field", "initial_weights_file"
_MOST_MB = 200
_NODES_NAMED = 4
_HIGHEST = 100.0


def draw_fine_tuning(recipe: Recipe) -> None:
    """Draw the choice of initial weights, what of them fits, and a learning rate for every part."""
    st.markdown(f"**{_('Fine-tuning')}**", help=hover("fine_tuning"))
    titles = {_FRESH: _("random weights"), _FILE: _("a file of weights …"), **recent_runs(owner())}
    if state.INITIAL_WEIGHTS.value not in titles:  # a run that is gone
        state.INITIAL_WEIGHTS.value = _FRESH
    options = list(titles)
    st.selectbox(_("Initial weights"), options, options.index(state.INITIAL_WEIGHTS.value), key=_FIELD,
                 format_func=titles.get, on_change=_choose,
                 help=_("The last weights of another run, or a file: safetensors, or a state dict saved by torch.save, "
                        "such as torchvision's."))
    if state.INITIAL_WEIGHTS.value == _FILE:
        st.file_uploader(_("Weights"), type=["safetensors", "pt", "pth"], key=_UPLOAD, max_upload_size=_MOST_MB)
    if state.INITIAL_WEIGHTS.value == _FRESH or not lacks_torch():
        _draw_fit(recipe)
    _draw_factors(recipe)


def _draw_fit(recipe: Recipe) -> None:
    """Draw how much of the chosen weights fits the network."""
    try:
        fitting = chosen_weights(recipe.network)
    except NoWeights as error:
        st.caption(f":red[:material/error:] {plain(_(error.sentence), 300)}")
    else:
        if fitting:
            st.caption(_fit_words(fitting))


@uninterrupted
def _choose() -> None:
    """Keep the choice beyond the field, which is another one once there is one more run to choose from."""
    state.INITIAL_WEIGHTS.value = typed(_FIELD)


def _fit_words(fitting: Fitting) -> str:
    taken, count = len(fitting.weights), len(fitting.weights) + len(fitting.drawn)
    if not fitting.drawn:
        return _("All {count} weight tensors are loaded.", count=count)
    nodes = fitting.nodes_drawn[:_NODES_NAMED]
    named = ", ".join(nodes) + (" …" if len(fitting.nodes_drawn) > _NODES_NAMED else "")
    return _("{taken} of {count} weight tensors are loaded; randomly initialized: {nodes}.", taken=taken, count=count,
             nodes=plain(named, 200))


def chosen_weights(net: Network) -> Fitting | None:
    """Load the initial weights of the run that is started next; None for random ones. Raises NoWeights."""
    chosen = state.INITIAL_WEIGHTS.value
    if chosen == _FILE:
        uploaded = typed(_UPLOAD)
        return _of_file(uploaded.getvalue(), uploaded.name, net.digest, net) if uploaded else None
    if chosen == _FRESH:
        return None
    try:
        run = RunStore().open(chosen)
    except UnknownRun as error:
        raise NoWeights(error.sentence) from error
    return _of_run(str(run.folder), tuple(frame_steps(run.frames_folder)[-1:]), net.digest, net)


@st.cache_resource(max_entries=4, show_spinner=False)
def _of_run(folder: str, kept: tuple[int, ...], digest: str, _net: Network) -> Fitting:
    """Load a run's weights; `kept` and `digest` tell the cache when either changed."""
    return fit_weights(weights_of(RunStore().open(folder.rpartition("/")[2]), _net), _net)


@st.cache_resource(max_entries=2, show_spinner=False)
def _of_file(content: bytes, name: str, digest: str, _net: Network) -> Fitting:
    """Match weights by their own names, else by torchvision's for one of its networks: whichever fits best."""
    weights, found = read_weights(content, name), []
    candidates = [weights]
    for twin in twins():
        with suppress(KeyError, ValueError):
            candidates.append(state_from_torchvision(twin, weights))
    for candidate in candidates:
        with suppress(NoWeights):
            found.append(fit_weights(candidate, _net))
    if not found:
        raise NoWeights(text("None of the weights in {file} fit this network: their names or shapes differ.",
                             file=name[:60]))
    return max(found, key=lambda fitting: len(fitting.weights))


def keep_initial_weights(run: Run, fitting: Fitting | None) -> None:
    """Give a run that was just made the chosen initial weights. Raises OSError."""
    if fitting is None:
        return
    write_initial_weights(run, fitting)
    chosen = state.INITIAL_WEIGHTS.value
    if chosen != _FILE and origin_of(run) is None:
        write_origin(run, Origin(chosen, (text("Fine-tuned from its last weights"),)))


def _draw_factors(recipe: Recipe) -> None:
    """Draw the learning rate of each node that has weights, as a multiple of the recipe's; 0 freezes it."""
    counts = network.analyze(recipe.network).parameters
    nodes = [node.id for node in recipe.network.nodes if counts.get(node.id)]
    if not nodes:
        return
    key = form_key(f"lr_factors/{recipe.network.digest[:12]}")
    rows = [{"node": node, "factor": float(recipe.lr_factors.get(node, 1.0))} for node in nodes]
    st.data_editor(
        rows, key=key, hide_index=True, disabled=["node"], on_change=_keep_factors,
        args=(key, nodes), height=min(230, 38 + 35 * len(rows)),
        column_config={
            "node": st.column_config.TextColumn(_("Part")),
            "factor": st.column_config.NumberColumn(
                _("× learning rate"), min_value=0.0, max_value=_HIGHEST, step=0.1, required=True,
                help=_("1 learns as fast as the rest, 0.1 ten times slower, 0 is frozen: its weights do not change."))})


@uninterrupted
def _keep_factors(key: str, nodes: list[str]) -> None:
    if not is_current(key):
        return
    edited: dict[int, dict[str, Any]] = typed(key)["edited_rows"]
    recipe = draft.recipe()
    factors = dict(recipe.lr_factors)
    for row, cells in edited.items():
        factors[nodes[row]] = float(cells.get("factor", 1.0))
    draft.change_recipe(recipe.with_(lr_factors={node: value for node, value in factors.items() if value != 1.0}))
    draft.redraw_forms()
