"""The parts of Inspect: which run, which input, at which step, and what the network makes of it."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from explorer import data, network, probes, tasks
from explorer.blocks import BLOCKS
from explorer.data.drawing import prepare_drawing
from explorer.figures import heatmap_of_map
from explorer.formatting import format_number, format_shape
from explorer.network import BuiltNetwork
from explorer.recipe import Recipe
from explorer.results import ImageGrid, Probabilities, Tokens
from explorer.training import Run, RunStore
from explorer.training.records.checkpoints import DamagedFrame, frame_steps, load_frame
from explorer.ui.data.own_data import key_of
from explorer.ui.data.run_picker import describe_run
from explorer.ui.glossary import hover
from explorer.ui.inspect.reading import draw_next, draw_text_choice
from explorer.ui.language import _, plain
from explorer.ui.session import state
from explorer.ui.session.memo import remember
from explorer.ui.session.notices import draw_problem
from explorer.ui.session.person import owner
from explorer.ui.session.run import show_run
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.widgets import samples
from explorer.ui.widgets.components import MapRow, draw_drawing_pad, draw_map_grid
from explorer.ui.widgets.figure import draw_figure
from explorer.ui.widgets.picture import draw_image

_RUNS = 30  # to choose from


def draw_run_choice(run: Run) -> None:
    """Which of the recent runs is looked into."""
    runs = RunStore().list(owner())[:_RUNS]
    runs = runs if run in runs else [run, *runs]
    chosen = st.selectbox(_("Run"), runs, index=runs.index(run), key=f"run_choice/{run.id}",
                          format_func=lambda each: describe_run(each, with_state=True) or _("damaged run"))
    if chosen != run:
        show_run(chosen)
        _forget_pick()
        st.rerun(scope="app")


def draw_time(run: Run) -> int | None:
    """The slider over the steps of which weights were kept; the chosen one, None where there is none."""
    steps = frame_steps(run.frames_folder)
    if not steps:
        st.info(_("No weights have been kept yet."))
        return None
    if len(steps) == 1:
        return steps[0]
    return st.select_slider(_("Step of training"), steps, value=steps[-1], key=f"time/{run.id}/{steps[-1]}",
                            format_func=lambda step: f"{step:,}", help=hover("checkpoint"))


def model_at(run: Run, step: int) -> BuiltNetwork:
    """This session's own copy of the network, with the weights of a step. Raises DamagedFrame."""
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


@dataclass(frozen=True)
class Input:
    """What is looked at, as the model takes it: (1, ...); of a text, how many of its tokens are words."""

    batch: Tensor
    words: int = 0


def draw_input(recipe: Recipe) -> Input | None:
    """The sample that is looked at: one of the test part, a drawing, or one's own words."""
    if tasks.of(recipe).answers is Tokens:
        part = _test_part(recipe)
        return Input(*draw_text_choice(part, f"sample/{key_of(recipe.data)}")) if part else None
    batch = _draw_numbers(recipe)
    return None if batch is None else Input(batch)


def _draw_numbers(recipe: Recipe) -> Tensor | None:
    if samples.takes_drawings(recipe):
        options = {"sample": _("Sample"), "drawing": _("Draw")}
        source = st.segmented_control(_("Input"), list(options), format_func=options.get, default="sample",
                                      key="input_source")
        if source == "drawing":
            return _draw_pad(recipe)
    return _draw_sample_choice(recipe)


def _draw_pad(recipe: Recipe) -> Tensor | None:
    drawing = draw_drawing_pad(key="pad")
    prepared = prepare_drawing(drawing) if drawing is not None else None
    if prepared is None:
        st.caption(_("Draw with the mouse, a finger or a pen: what every layer makes of it shows at once."))
        return None
    draw_image(prepared, width=112)
    st.caption(_("Prepared as MNIST's digits were: cropped, scaled to 20×20, centered by mass in 28×28. "
                 "The first row shows it as the network takes it."))
    if recipe.data.name == "digits":
        st.caption(_("This network learned from 8×8 digits of one collection; "
                     "one trained on MNIST reads handwriting better."))
    try:
        return samples.drawing_as_batch(prepared, recipe)
    except data.Misfit as error:
        draw_problem(error.sentence)
        return None


def _test_part(recipe: Recipe) -> data.Samples | None:
    """None where there is none; why is told."""
    try:
        return samples.test_part(recipe)
    except samples.NO_SAMPLES as error:
        draw_problem(error.sentence)
        return None


def _draw_sample_choice(recipe: Recipe) -> Tensor | None:
    part = _test_part(recipe)
    if part is None:
        return None
    index = st.number_input(_("Test sample"), 0, len(part) - 1, 0, key=f"sample/{key_of(recipe.data)}",
                            help=_("One of the samples it never learned from."))
    shown = part.inputs[index]
    if shown.dim() == 3:
        picture = data.to_float(shown).permute(1, 2, 0).numpy()
        draw_image(picture, 196, "content")
    else:
        names = samples.dataset_of(recipe).feature_names or [f"x{i + 1}" for i in range(len(shown))]
        st.markdown("  \n".join(f"{plain(name)} = {format_number(value)}"
                                for name, value in zip(names, shown.flatten().tolist(), strict=False)))
    st.caption(_("It is: **{answer}**", answer=plain(part.target_name(index))))
    return samples.as_batch(part, index)


def draw_answer(recipe: Recipe, model: BuiltNetwork, shown: Input) -> None:
    """What the network says: class probabilities, a number, or how a text goes on."""
    batch = shown.batch
    if tasks.of(recipe).answers is Tokens:
        draw_next(recipe, model, batch, shown.words, samples.dataset_of(recipe).class_names)
        return
    if tasks.of(recipe).answers is Probabilities:
        result = probes.compute_probabilities(model, batch, samples.dataset_of(recipe).class_names)
        draw_figure(result, "probabilities", height=270, title="inside", tools=False)
        return
    with torch.no_grad():
        st.metric(_("The network says"), format_number(float(model.eval()(batch).reshape(-1)[0])))


def draw_inside_choice(recipe: Recipe, model: BuiltNetwork) -> str:
    """The address of the block whose inside is looked at; empty for the network itself, as where there is no block."""
    blocks = [name for name, module in model.named_modules() if name and isinstance(module, BuiltNetwork)]
    if not blocks:
        return ""
    names = {"": _("the whole network"), **{name: f"{name} · {_block_title(recipe, name)}" for name in blocks}}
    return st.selectbox(_("Inside"), list(names), format_func=names.get, key=f"inside/{recipe.network.digest[:12]}",
                        on_change=_forget_pick)


@uninterrupted
def _forget_pick() -> None:
    state.PICK.clear()


def _children(model: BuiltNetwork, inside: str) -> list[str]:
    """The addresses of the nodes of the network, or of a block in it."""
    prefix = f"{inside}." if inside else ""
    return [prefix + name for name, _module in model.get_submodule(inside).named_children()]


def draw_overview(recipe: Recipe, model: BuiltNetwork, batch: Tensor, inside: str) -> None:
    """Every layer's output for the input, the picked map enlarged above."""
    grids = probes.compute_feature_maps(model, batch, _children(model, inside))
    rows = [MapRow(grid, _subtitle(recipe, grid)) for grid in grids]
    if pick := draw_map_grid(rows, key=f"overview/{inside}", selected=state.PICK.value):
        state.PICK.value = pick


def draw_enlarged(model: BuiltNetwork, batch: Tensor, inside: str) -> None:
    """The map that was clicked, with its numbers."""
    pick = state.PICK.value
    grids = probes.compute_feature_maps(model, batch, _children(model, inside))
    if pick is None or pick.row >= len(grids) or pick.map >= len(grids[pick.row].values):
        st.caption(_("Click a map to see it large, with its numbers."))
        return
    grid = grids[pick.row]
    if grid.values[pick.map].size == 1:
        st.metric(f"{grid.title}, {_(grid.axis)} {pick.map}", format_number(float(grid.values[pick.map, 0, 0])))
        return
    draw_figure(heatmap_of_map(grid, pick.map), "enlarged", height=300, title="inside")


def _subtitle(recipe: Recipe, grid: ImageGrid) -> str:
    shape = grid.values.shape if grid.values.shape[1:] != (1, 1) else grid.values.shape[:1]
    return f"{_block_title(recipe, grid.title)} · {format_shape(shape)}"


def _block_title(recipe: Recipe, address: str) -> str:
    """What kind of block a node is; the person's own name for one of their own."""
    *around, node_id = address.split(".")
    opened = network.analyze(recipe.network).at(tuple(around))
    node = (opened.net if opened else recipe.network).node(node_id)
    return node.params["definition"][:40] if node.block == "composite" else _(BLOCKS.get(node.block).title)


def draw_kernels(model: BuiltNetwork, batch: Tensor, inside: str) -> None:
    """The weights of every convolution and linear layer of the network, or of a block in it; biases behind them."""
    rows, everywhere = [], probes.nodes_with_kernels(model)
    for node in sorted(set(_children(model, inside)) & set(everywhere), key=everywhere.index):
        rows.append(probes.compute_kernels(model, batch, node))
        if bias := probes.compute_bias(model, node):
            rows.append(MapRow(bias, str(len(bias.values))))
    if rows:
        draw_map_grid(rows, key=f"kernels/{inside}")
    elif everywhere:
        st.info(_("No convolution and no linear layer stands here itself. Choose another block at Inside."))
    else:
        st.info(_("This network has no convolution and no linear layer, so there are no weights to look at."))
