"""The subject of a probe: a model, an input, and what is known about both."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from torch import Tensor, nn

from explorer import tasks
from explorer.formatting import format_shape
from explorer.hooks import module_at, predictor, record_activations, samples_first
from explorer.intervention import Intervention
from explorer.recipe import Recipe
from explorer.results import Answer, Probabilities
from explorer.text import Text, text

_OUTPUT = ""  # the model's own output, among what a pass recorded


class Canceled(Exception):
    """A probe that was asked to end early.

    >>> import torch
    >>> def cancel(share):
    ...     raise Canceled
    >>> Subject(nn.ReLU(), torch.zeros(1, 2), report=cancel).report(0.5)
    Traceback (most recent call last):
    explorer.probes.subject.Canceled
    """


class NotApplicable(ValueError):
    """A probe that has nothing to look at here; `sentence` explains why, and where to look instead.

    >>> import torch
    >>> from explorer.probes import run
    >>> run("kernels", nn.Sequential(nn.ReLU()), torch.zeros(1, 2))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    explorer.probes.subject.NotApplicable: This network has no weights, ...
    """

    def __init__(self, sentence: Text) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def no_output(node: str) -> NotApplicable:
    """Explain that a node has nothing to look at."""
    return NotApplicable(text("{node} has no output for this input: the network does not call it, or its output is not "
                              "a tensor. Choose another node.", node=node))


class FrameSeries(Protocol):
    """The weights that a run kept, by step. `load` gives a state dict on the CPU; it may raise ValueError.

    `epochs_and_losses` gives the epoch, a fraction, and the loss that were recorded at steps, NaN where they were not.

    >>> sorted(name for name in vars(FrameSeries) if not name.startswith("_"))
    ['epochs_and_losses', 'load', 'steps']
    """

    @property
    def steps(self) -> Sequence[int]: ...

    def load(self, step: int) -> dict[str, Tensor]: ...

    def epochs_and_losses(self, steps: Sequence[int]) -> tuple[np.ndarray, np.ndarray]: ...


class SampleSource(Protocol):
    """The samples of a run's test part. `inputs` gives those at these places as the model takes them, (sample, ...).

    >>> sorted(name for name in vars(SampleSource) if not name.startswith("_"))
    ['inputs', 'target_name', 'targets']
    """

    def __len__(self) -> int: ...

    def inputs(self, places: Sequence[int] | slice) -> Tensor: ...

    def targets(self, places: Sequence[int] | slice) -> Tensor: ...

    def target_name(self, place: int) -> str: ...


@dataclass(frozen=True)
class Retrained:
    """A network that was trained by the same recipe from another seed. weights: by address, on the CPU."""

    seed: int
    weights: Mapping[str, Tensor]


def _ignore(share: float) -> None:
    """Nobody waits for progress."""


def _not_retrained() -> None:
    """Know of no other training of the network."""


@dataclass(frozen=True, eq=False)
class Subject:
    """The model and the input that a probe looks at, and what is known of them; a notebook gives only those two.

    batch: (sample, ...) as the model takes it. against: a second input of the same shape; a probe that can compare
    shows the first minus the second. target: what the data have for the first sample, (1, ...) as the task's loss takes
    it; None where that is not known. inside: the address of the block walked into, "" for the whole network. tokens:
    how many of a text's tokens were typed, counted from the first; None for all. against_tokens: of the second input.
    frames, samples: the weights that the run kept, of which this model has those of `step`; the test part. edited:
    whether a person changed some of those by hand. interventions: what is silenced, forced or scaled while the model is
    held. key: names the weights and the input where results are remembered, weights_key the weights alone. report:
    takes the share of the work that is done, 0 to 1, and raises Canceled where the probe is to end. retrained: finds
    the same network, trained from another seed, where there is one. source: another input, or network, whose values a
    probe may put in place of this one's.

    The model must be private to the thread, since two that share one would break each other's hooks; or shared, and
    then only read while `held()`, a context, is entered.

    >>> import torch
    >>> subject = Subject(nn.Sequential(nn.Linear(2, 3), nn.ReLU()), torch.zeros(1, 2))
    >>> subject.children()
    ['0', '1']
    """

    model: nn.Module
    batch: Tensor
    recipe: Recipe | None = None
    class_names: tuple[str, ...] = ()
    target_name: str = ""
    feature_names: tuple[str, ...] = ()
    inside: str = ""
    tokens: int | None = None
    against: Tensor | None = None
    against_tokens: int | None = None
    target: Tensor | None = None
    step: int | None = None
    frames: FrameSeries | None = None
    samples: SampleSource | None = None
    edited: bool = False
    interventions: tuple[Intervention, ...] = ()
    source: Subject | None = None
    key: Hashable = None
    weights_key: Hashable = None
    report: Callable[[float], None] = _ignore
    held: Callable[[], AbstractContextManager[Any]] = nullcontext
    retrained: Callable[[], Retrained | None] = _not_retrained
    _known: dict[str, Tensor | None] = field(default_factory=dict, init=False, repr=False)

    @property
    def takes_tokens(self) -> bool:
        """True where a sample is a row of whole numbers that mean tokens."""
        return self.batch.dim() == 2 and not self.batch.is_floating_point()

    def token_names(self, tokens: Tensor) -> tuple[str, ...]:
        """Name tokens: a text's characters; where there are no names, their numbers."""
        names = dict(enumerate(self.class_names))
        return tuple(names.get(token, str(token)) for token in tokens.tolist())

    def walked_into(self, inside: str) -> Subject:
        """Return the same subject looked at inside a block; what a pass recorded is shared."""
        return self._like(inside=inside)

    def reporting(self, report: Callable[[float], None]) -> Subject:
        """Return the same subject for one who waits for progress; what a pass recorded is shared."""
        return self._like(report=report)

    def _like(self, **changes: Any) -> Subject:
        other = replace(self, **changes)
        object.__setattr__(other, "_known", self._known)
        return other

    def module_at(self, address: str) -> nn.Module:
        """Return the module of a node. Raises UnknownNode."""
        return module_at(self.model, address)

    def children(self) -> list[str]:
        """List the addresses of the nodes of the network, or of the block walked into. Raises UnknownNode.

        A list of modules, which is never called, gives its members; a Sequential that is all there is, its steps.
        """
        prefix = f"{self.inside}." if self.inside else ""
        return [prefix + name for name in _called_in(self.module_at(self.inside))]

    def activations(self, addresses: Iterable[str] | None = None) -> dict[str, Tensor]:
        """Read each node's output for the batch, in evaluation mode: one forward pass, none for what is known already.

        None takes every node of the network, or of the block walked into, that has an output. Raises UnknownNode;
        NotApplicable where a node asked for has none, since the network does not call it or it gives no tensor.
        """
        wanted = self.children() if addresses is None else list(addresses)
        if unknown := [address for address in wanted if address not in self._known]:
            self._run(unknown)
        found = {address: self._known[address] for address in wanted if self._known[address] is not None}
        if addresses is not None and (silent := [address for address in wanted if address not in found]):
            raise no_output(silent[0])
        return found

    @property
    def outputs(self) -> Tensor:
        """The network's own output for the batch, in evaluation mode: float32 (sample, ...) on the CPU.

        Where the network has several, the first. Raises TypeError where it gives no tensor.
        """
        if _OUTPUT not in self._known:
            self._run(())
        return self._known[_OUTPUT]

    @property
    def has_finite_outputs(self) -> bool:
        """True unless a pass was made and gave something that is not a finite number."""
        outputs = self._known.get(_OUTPUT)
        return outputs is None or bool(outputs.isfinite().all())

    @property
    def known_bytes(self) -> int:
        """Bytes of the activations that are known, with those of the source."""
        own = sum(values.nbytes for values in list(self._known.values()) if values is not None)
        return own + (self.source.known_bytes if self.source else 0)

    def _run(self, addresses: Iterable[str]) -> None:
        with self.held(), record_activations(self.model, addresses, copies=True) as recorded:
            outputs = predictor(self.model)(self.batch)
        found = {address: samples_first(self.module_at(address), recorded[address], len(self.batch))
                 for address in addresses if address in recorded}
        self._known.update({**dict.fromkeys(addresses), **found, _OUTPUT: outputs})

    def answer(self, kind: type[Answer]) -> Answer:
        """Read the outputs as the recipe's task has it; without a recipe, as an answer of this kind.

        Raises NotApplicable where the recipe's task gives another kind of answer, or the output has other axes.
        """
        found = self._answer_of_task() if self.recipe else kind.from_outputs(self.outputs.numpy(), self.class_names)
        if not isinstance(found, kind) or found.values.ndim != len(kind.axes):
            raise NotApplicable(text("This network's output of shape {shape} does not fit this probe.",
                                     shape=format_shape(tuple(self.outputs.shape[1:]))))
        return found

    def _answer_of_task(self) -> Answer:
        return tasks.answer(self.recipe, self.outputs, self.class_names)

    @property
    def predicts_a_class(self) -> bool:
        """True if the answer is one class of several."""
        return self.recipe is None or issubclass(tasks.of(self.recipe).answers, Probabilities)


def _called_in(module: nn.Module) -> Iterator[str]:
    """Yield the names of the modules inside a module that may be called one after the other."""
    children = dict(module.named_children())
    for name, child in children.items():
        is_all = isinstance(child, nn.Sequential) and len(children) == 1
        if is_all or isinstance(child, nn.ModuleList | nn.ModuleDict):
            yield from (f"{name}.{inner}" for inner in _called_in(child))
        else:
            yield name
