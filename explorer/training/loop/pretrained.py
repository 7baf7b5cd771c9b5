"""Initial weights of a run, taken from another run or a file in place of random ones."""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safetensors import SafetensorError

from explorer import network
from explorer.document import Network
from explorer.files.atomic import read_atomic, write_atomic
from explorer.network.addresses import translate_state
from explorer.text import Text, text
from explorer.training.records.checkpoints import DamagedFrame, frame_steps, load_frame
from explorer.training.runs.store import Run

if TYPE_CHECKING:
    from torch import Tensor

_SHOWN = 60


class NoWeights(ValueError):
    """A file or a run without usable weights; `sentence` says why."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


@dataclass(frozen=True)
class Fitting:
    """The weights that fit a network, by address, and the addresses of those to initialize randomly."""

    weights: Mapping[str, Tensor]
    drawn: tuple[str, ...]

    @property
    def nodes_drawn(self) -> tuple[str, ...]:
        """Nodes of the whole network with some random weights."""
        return tuple(dict.fromkeys(name.partition(".")[0] for name in self.drawn))


def weights_of(run: Run, net: Network) -> dict[str, Tensor]:
    """Load the last checkpoint of a run, under a network's current addresses. Raises NoWeights."""
    steps = frame_steps(run.frames_folder)
    if not steps:
        raise NoWeights(text("This run has no checkpoints."))
    try:
        return translate_state(load_frame(run.frames_folder, steps[-1]), run.recipe.network, net)
    except DamagedFrame:
        raise NoWeights(text("The weights of this run cannot be read.")) from None


def read_weights(content: bytes, name: str) -> dict[str, Tensor]:
    """Read the tensors of a file by name: safetensors, or a state dict saved by `torch.save`. Raises NoWeights.

    Nothing in a pickle is executed: only tensors and plain containers are read.
    """
    import torch
    from safetensors.torch import load

    try:
        return load(content)
    except (SafetensorError, ValueError, KeyError):
        pass
    try:
        found = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except (RuntimeError, ValueError, EOFError, KeyError, pickle.UnpicklingError, OSError, AttributeError) as error:
        raise NoWeights(text("{file} contains no weights that can be read safely: a safetensors file, or a state dict "
                             "saved by torch.save, is expected.", file=name[:_SHOWN])) from error
    found = found.get("state_dict", found) if isinstance(found, Mapping) else {}
    tensors = {str(key): value for key, value in found.items() if isinstance(value, torch.Tensor)}
    if not tensors:
        raise NoWeights(text("{file} contains no named weights.", file=name[:_SHOWN]))
    return tensors


def fit_weights(weights: Mapping[str, Tensor], net: Network) -> Fitting:
    """Select the weights whose address and shape are the network's. Raises NoWeights if there are none."""
    import torch

    with torch.device("meta"):
        wanted = network.build(net).state_dict()
    taken = {name: weights[name].to(tensor.dtype) for name, tensor in wanted.items()
             if name in weights and weights[name].shape == tensor.shape}
    if not taken:
        raise NoWeights(text("None of these weights fit this network: they have other names, or other shapes."))
    return Fitting(taken, tuple(name for name in wanted if name not in taken))


def write_initial_weights(run: Run, fitting: Fitting) -> None:
    """Store the initial weights of a run. Raises OSError."""
    from safetensors.torch import save

    weights = {name: tensor.contiguous() for name, tensor in fitting.weights.items()}
    write_atomic(run.initial_weights_path, save(weights))


def read_initial_weights(run: Run) -> dict[str, Tensor] | None:
    """Read a run's initial weights; None if all are random. Raises NoWeights if they cannot be read."""
    from safetensors.torch import load

    try:
        return load(read_atomic(run.initial_weights_path))
    except FileNotFoundError:
        return None
    except (OSError, SafetensorError, ValueError) as error:
        raise NoWeights(text("The initial weights of this run cannot be read. Start it again.")) from error
