"""Preview on the canvas: one sample runs through the network, and each node shows its output."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from explorer import data
from explorer.blocks import BLOCKS, Block
from explorer.document import Network
from explorer.figures import Theme
from explorer.network import Analysis
from explorer.network.addresses import translate_state
from explorer.network.signs import never_negative
from explorer.network.tokens import readers_of_tokens
from explorer.recipe import Recipe
from explorer.text import Text, text
from explorer.training import RunStore, UnknownRun
from explorer.training.records.checkpoints import DamagedFrame, frame_steps, load_frame
from explorer.ui.widgets import samples
from explorer.ui.widgets.thumbnail import BESIDE_SKETCH_PX, WIDTH_PX, draw_thumbnail

if TYPE_CHECKING:
    from torch import Tensor

    from explorer.network.evaluate import Evaluator, Value, Weights

_AT_ONCE = 20_000_000       # multiply-adds: below, the preview comes with the shapes; above, just after them
_MOST = 5_000_000_000       # above, a sample takes seconds
_MOST_PARAMETERS = 30_000_000  # above, weights would be drawn by the hundred megabytes, only for pictures
_REMEMBERED = 2_000


@dataclass(frozen=True)
class Preview:
    """Pictures by address, as data URLs. `due`: it has to be requested first. `remark`: why there is none."""

    thumbnails: dict[str, str]
    due: bool = False
    remark: Text | None = None


@dataclass(frozen=True)
class Wish:
    """The chosen test sample, and the id of the run whose weights to use, if any."""

    sample: int = 0
    run_id: str = ""


@dataclass(frozen=True)
class PreviewMemory:
    """Cache of the nodes' values and their pictures across edits."""

    evaluator: Evaluator = field(default_factory=lambda: _make_evaluator())
    pictures: dict[tuple, str] = field(default_factory=dict)


def _make_evaluator() -> Evaluator:
    from explorer.network.evaluate import Evaluator

    return Evaluator()


def make_preview(
    recipe: Recipe, analysis: Analysis, wish: Wish, theme: Theme, memory: PreviewMemory, asked: bool = False,
) -> Preview:
    """Make the pictures of all nodes; for a large network only if `asked`, so that shapes never wait for them."""
    if not analysis.signals:
        return Preview({})
    if len(recipe.network.inputs) != 1:
        return Preview({}, remark=text("The preview needs a network with one input."))
    if analysis.total_multiply_adds > _MOST or analysis.total_parameters > _MOST_PARAMETERS:
        return Preview({}, remark=text("No preview: this network is too large to run after every edit."))
    if analysis.total_multiply_adds > _AT_ONCE and not asked:
        return Preview({}, due=True)
    try:
        dataset = samples.dataset_of(recipe)
        sample = _sample(recipe, wish.sample) if _reads(recipe.network, analysis, dataset) else None
    except data.Misfit:
        sample = None
    except samples.NO_SAMPLES as error:
        return Preview({}, remark=error.sentence)
    remark = None if sample else text("No sample of {data} fits this input, so the preview shows random noise.",
                                      data=dataset.title)
    batch, batch_key = sample or _stand_in(recipe.network, analysis)
    weights, weights_key, missing = _weights(recipe, wish.run_id)
    values = memory.evaluator.evaluate(recipe.network, batch, batch_key, recipe.seed, recipe.init.spelled, weights,
                                       weights_key, recipe.rules["initialization"])
    images = sample is not None and len(analysis.signals[recipe.network.inputs[0]].shape) == 3
    unsigned = never_negative(recipe.network, analysis, images)
    return Preview(_pictures(values, recipe, analysis, theme, unsigned, memory.pictures), remark=missing or remark)


def _reads(net: Network, analysis: Analysis, dataset: data.Dataset) -> bool:
    """Return whether the network reads these samples: numbers, or tokens of its vocabulary."""
    if analysis.signals[net.inputs[0]].dtype != dataset.kind.input_dtype:
        return False
    return dataset.kind is not data.TEXT or dataset.classes <= _tokens_known(net, analysis)


def _tokens_known(net: Network, analysis: Analysis) -> int:
    """Return the smallest vocabulary of the layers after the input; 1 if none states it."""
    return min((known for _setting, known in readers_of_tokens(net, analysis, net.inputs[0]).values()), default=1)


def _sample(recipe: Recipe, wanted: int) -> tuple[Tensor, str]:
    """Load the chosen test sample in the network's shape, and a name for it."""
    part = samples.test_part(recipe)
    index = min(wanted, len(part) - 1)
    batch = part.inputs([index])
    key = f"{recipe.data.to_dict()}/{recipe.rules['scaling']}/{index}/{tuple(batch.shape)}"
    return batch, key


def _stand_in(net: Network, analysis: Analysis) -> tuple[Tensor, str]:
    """Make normal noise for the input, or valid random tokens, always the same, and a name for it."""
    import torch

    address = net.inputs[0]
    signal, generator = analysis.signals[address], torch.Generator().manual_seed(0)
    if signal.dtype != "int64":
        return torch.randn(1, *signal.shape, generator=generator), f"noise/{signal.shape}"
    count = _tokens_known(net, analysis)
    return torch.randint(0, count, (1, *signal.shape), generator=generator), f"tokens/{count}/{signal.shape}"


def _weights(recipe: Recipe, run_id: str) -> tuple[Weights | None, str, Text | None]:
    """Load the last weights of the chosen run under current addresses, a name for them, and why there are none."""
    if not run_id:
        return None, "", None
    try:
        run = RunStore().open(run_id)
        step = max(frame_steps(run.frames_folder), default=None)
        if step is None:
            return None, "", text("This run has not saved any weights yet, so the preview uses random ones.")
        weights = translate_state(load_frame(run.frames_folder, step), run.recipe.network, recipe.network)
    except (UnknownRun, DamagedFrame) as error:
        return None, "", getattr(error, "sentence", None) or text("The weights of this run cannot be read.")
    moves = hashlib.sha256(repr(recipe.network.moves).encode()).hexdigest()
    return weights, f"{run_id}/{step}/{moves}", None


def _pictures(
    values: dict[str, Value], recipe: Recipe, analysis: Analysis, theme: Theme, unsigned: frozenset[str],
    known: dict[tuple, str],
) -> dict[str, str]:
    inputs, found = set(recipe.network.inputs), {}
    for address, value in values.items():
        width_px = BESIDE_SKETCH_PX if _has_sketch(recipe.network, analysis, address) else WIDTH_PX
        signed = address not in unsigned
        key = (value.key, theme.dark, address in inputs, signed, width_px)
        if key not in known:
            known[key] = draw_thumbnail(value.tensor[0].numpy(), theme, address in inputs, signed, width_px)
        found[address] = known[key]
    while len(known) > _REMEMBERED:
        known.pop(next(iter(known)))
    return found


def _has_sketch(net: Network, analysis: Analysis, address: str) -> bool:
    """Return whether the node at this address has a sketch beside its thumbnail."""
    *path, node_id = address.split(".")
    if path:
        opened = analysis.at(tuple(path))
        if opened is None:
            return False
        net = opened.net
    block = net.node(node_id).block if node_id in net.by_id else ""
    return block in BLOCKS and BLOCKS.get(block).sketch is not Block.sketch
