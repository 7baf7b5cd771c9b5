"""Watch over the steps of a loop that is not ours: gradient norms of every step, layer statistics of some.

Nothing is hung on the model, so that it can be copied or saved at any time: PyTorch's hooks for all modules and all
optimizers pick out what belongs to it. Whatever goes wrong in one of them ends the watch and never the loop.

A step is what lies between two calls of `end`. Gradients are read where an optimizer takes them: unscaled, clipped, and
the last of several. Outputs are those of the last pass with gradients before that, in a compiled model none.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook
from torch.utils.hooks import RemovableHandle

from explorer.hooks import tensors_in
from explorer.training.loop.gradient_norms import GradientNorms, Number
from explorer.training.loop.layer_choice import own_layers
from explorer.training.loop.memory import available_bytes
from explorer.training.loop.sampler import Sampler, StepSample

log = logging.getLogger(__name__)


class StepWatch:
    """The watch over one model: `begin` a step, `end` it, and `close` in the end.

    Raises ValueError for a model whose parameters have no shapes yet.
    """

    def __init__(self, model: nn.Module) -> None:
        layers = own_layers(model)
        self.norms = GradientNorms(layers)
        self.sampler = Sampler(model, layers=layers)
        self.is_compiled = any("_orig_mod" in module._modules or module._compiled_call_impl is not None
                               for module in model.modules())
        self._model, self._has_failed = model, False
        self._addresses = {id(module): address for address, module in layers.modules.items()}
        self._places = _places_of(self.norms.parameters)
        self._matrix_layers = {id(each): address for address, found in layers.matrices.items()
                               for each in found.values()}
        self._taken: dict[int, Number] = {}  # norms of this step by the place of their parameter
        self._sampling: AbstractContextManager[StepSample | None] | None = None
        self._sample: StepSample | None = None
        self._batch: int | None = None
        self._seeing: list[RemovableHandle] = []  # hooks of all modules' passes, in sampled steps only
        self._handles = [register_optimizer_step_pre_hook(self._before_update),
                         register_optimizer_step_post_hook(self._after_update)]

    def begin(self, step: int) -> None:
        """Begin a step; layer statistics are sampled of some."""
        if self._has_failed:
            return
        self._sampling = self.sampler.step(step)
        self._sample = self._sampling.__enter__()
        if self._sample and not self.is_compiled:
            self._seeing = [register_module_forward_pre_hook(self._see_input),
                            register_module_forward_hook(self._see_output)]

    def end(self) -> list[Number]:
        """End the step and return the gradient norm of each parameter; of one that no optimizer took, what is there."""
        self._look_away()
        places, taken, self._taken = range(len(self.norms.parameters)), self._taken, {}
        if len(taken) < len(places):
            rest = [place for place in places if place not in taken]
            taken |= zip(rest, self.norms.take([self.norms.parameters[place] for place in rest]), strict=True)
        norms = [taken[place] for place in places]
        if self._sampling:
            sampling, self._sampling, self._sample = self._sampling, None, None
            self._guarded(lambda: sampling.__exit__(None, None, None))
        return norms

    def close(self) -> None:
        """Remove every hook; the step that had begun is dropped."""
        self._look_away()
        for handle in self._handles:
            handle.remove()
        self._sampling = self._sample = None

    def _look_away(self) -> None:
        for handle in self._seeing:
            handle.remove()
        self._seeing = []

    def _see_input(self, module: nn.Module, inputs: tuple[Any, ...]) -> None:
        """Learn how many samples the batch has."""
        if module is self._model and not torch.compiler.is_compiling():
            first = next(tensors_in(inputs), None)
            self._batch = len(first) if first is not None and first.dim() else None

    def _see_output(self, module: nn.Module, _inputs: Any, output: Any) -> None:
        if torch.compiler.is_compiling() or not torch.is_grad_enabled() or id(module) not in self._addresses:
            return
        if (sample := self._sample) and not _is_capturing():
            self._guarded(lambda: self._describe(sample, self._addresses[id(module)], output))

    def _describe(self, sample: StepSample, address: str, output: Any) -> None:
        first = next(tensors_in(output), None)
        if first is not None and first.dim():
            sample.describe(address, first.detach(), self._batch or len(first))

    def _before_update(self, optimizer: Optimizer, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
        """Read weights and gradients, before an optimizer changes them; one with a closure computes them only then."""
        if not torch.compiler.is_compiling() and (places := self._places_in(optimizer)):
            has_closure = any(map(callable, (*args[1:], *kwargs.values())))
            self._guarded(lambda: self._read(optimizer, places, weights=True, gradients=not has_closure))
            if not has_closure:
                self._look_away()

    def _after_update(self, optimizer: Optimizer, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
        has_closure = any(map(callable, (*args[1:], *kwargs.values())))
        if has_closure and not torch.compiler.is_compiling() and (places := self._places_in(optimizer)):
            self._guarded(lambda: self._read(optimizer, places, weights=False, gradients=True))
            self._look_away()

    def _places_in(self, optimizer: Optimizer) -> list[int]:
        """List the places of the model's parameters that an optimizer updates."""
        return [place for group in optimizer.param_groups for each in group["params"]
                for place in self._places.get(id(each), ())]

    def _read(self, optimizer: Optimizer, places: list[int], weights: bool, gradients: bool) -> None:
        scale = getattr(optimizer, "grad_scale", None)  # what a GradScaler leaves to a fused optimizer
        parameters = [self.norms.parameters[place] for place in places]
        if gradients and not _is_capturing():
            norms = self.norms.take(parameters)
            self._taken |= zip(places, norms if scale is None else [norm / _on_its_side(scale, norm) for norm in norms],
                               strict=True)
        if (sample := self._sample) is None or _is_capturing():
            return
        if weights:
            self._keep_weights(sample)
        if gradients:
            layers = {self._matrix_layers[id(each)] for each in parameters if id(each) in self._matrix_layers}
            sample.count_gradients(layers, 1.0 if scale is None else float(scale))

    def _keep_weights(self, sample: StepSample) -> None:
        """Keep the weights before the first update of the step; without a copy where memory is short."""
        if sample.has_weights:
            return
        with self.sampler.counted():
            found = [each for weights in self.sampler.weights.values() for each in weights.values()]
            needed = sum(each.numel() * each.element_size() for each in found)
            copied = not found or 2 * needed < available_bytes(found[0].device.type)
        sample.keep_weights(copied)

    def _guarded(self, read: Callable[[], object]) -> None:
        """Read something of the loop's; if that fails, layer statistics end with a warning and the loop goes on."""
        try:
            if not self._has_failed:
                read()
        except Exception as error:
            self._has_failed = True
            self._sampling = self._sample = None
            log.warning("explorer.record: layer statistics end here, the loop goes on: %s: %s", type(error).__name__,
                        error)
            self._look_away()


def _places_of(parameters: list[nn.Parameter]) -> dict[int, list[int]]:
    """Map each parameter's id to its places: several where modules share it."""
    places: dict[int, list[int]] = {}
    for place, parameter in enumerate(parameters):
        places.setdefault(id(parameter), []).append(place)
    return places


def _is_capturing() -> bool:
    """Return whether a CUDA graph is being captured: nothing can be read of its tensors."""
    return torch.cuda.is_available() and torch.cuda.is_current_stream_capturing()


def _on_its_side(scale: Tensor, norm: Number) -> Number:
    """Move a scale to where the norm is, or read it where that is a plain number."""
    return scale.to(norm.device) if isinstance(norm, Tensor) else scale.item()
