"""The experiment as one plain document: network, data, optimizer, seed and all the rest; no torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from explorer.document import DocumentError, Network, as_json, parse_json, read_file, read_head
from explorer.spec import BadValue, Choice, Flag, Number, ParamSpec, Registry, defaults, did_you_mean, parse_params
from explorer.text import Text, text

FORMAT = "layerscope/recipe"
VERSION = 1


@dataclass(frozen=True)
class Kind:
    """One of several ways to do something (an optimizer, an initialization), with the settings it has."""

    name: str
    title: str
    summary: str
    params: tuple[ParamSpec, ...] = ()


_LR = Number("lr", "Learning rate", 0.1, low=0, high=1e6,
             help="The size of a step against the gradient. Too small and nothing moves, too large and the loss jumps.")

OPTIMIZERS = Registry("optimizer", (
    Kind("sgd", "SGD", "One step straight against the gradient.", (
        _LR,
        Number("momentum", "Momentum", 0.0, low=0, high=0.9999,
               help="The share of the last step that is kept. 0 is plain SGD; 0.9 is common and smooths the path."),
    )),
    Kind("adam", "Adam", "Scales each weight's step by the recent size of its own gradient.", (
        replace(_LR, default=0.001),
        Number("beta1", "Beta 1", 0.9, low=0, high=0.999999, help="How long the mean of the gradients remembers."),
        Number("beta2", "Beta 2", 0.999, low=0, high=0.999999, help="How long the mean of their squares remembers."),
    )),
))

INITIALIZATIONS = Registry("initialization", (
    Kind("default", "PyTorch's default", "Uniform, by the number of inputs of each layer."),
    Kind("xavier_uniform", "Xavier, uniform",
         "Variance 2/(inputs + outputs): keeps the spread of tanh and sigmoid layers."),
    Kind("xavier_normal", "Xavier, normal", "Variance 2/(inputs + outputs), from a normal distribution."),
    Kind("kaiming_uniform", "Kaiming, uniform", "Variance 2/inputs: keeps the spread of ReLU layers."),
    Kind("kaiming_normal", "Kaiming, normal", "Variance 2/inputs, from a normal distribution."),
))

TASKS = Registry("task", (
    Kind("classification", "Classification", "Which of K classes: softmax cross-entropy on the logits."),
    Kind("regression", "Regression", "A number: mean squared error."),
))

SETTINGS: tuple[ParamSpec, ...] = (
    Choice("task", "Task", "classification", tuple(TASKS.names()), tuple(k.title for k in TASKS),
           help="What the network's output means, and so which loss is used."),
    Number("batch_size", "Batch size", 64, low=1, high=1_000_000, integer=True, unit="samples",
           help="Samples per step. Larger batches give smoother gradients and fewer steps an epoch."),
    Number("epochs", "Epochs", 5, low=1, high=100_000, integer=True,
           help="How many times every training sample is seen."),
    Number("seed", "Seed", 0, low=0, high=2**63 - 1, integer=True,
           help="Fixes every random draw: weights, order of the samples, dropout. The same seed gives the same run."),
    Number("validation_share", "Validation share", 0.1, low=0, high=0.9,
           help="The part of the training samples that is held out to draw the validation curve."),
    Number("weight_decay", "Weight decay", 0.0, low=0, high=1e6,
           help="Pulls every weight toward zero by this share of itself at each step."),
    Choice("device", "Device", "auto", ("auto", "cpu", "cuda", "mps"),
           ("Best there is", "CPU", "NVIDIA GPU", "Apple GPU"),
           help="Where the network is trained."),
    Number("threads", "CPU threads", None, low=1, high=1024, integer=True, optional=True,
           help="Left empty, it follows from the work of a step: one for tiny networks, all for large ones."),
    Flag("deterministic", "Deterministic", True,
         help="The same recipe on the same machine gives the same curve, bit for bit. A little slower on a GPU."),
    Flag("test_every_epoch", "Test after every epoch", False,
         help="As many books do. Otherwise the test part is used once, at the end, as it should be."),
    Number("disk_budget_mb", "Disk budget", 500, low=1, high=1_000_000, integer=True, unit="MB",
           help="How much of the disk the weights kept for the time slider may take."),
)
_SETTINGS_BY_NAME = {spec.name: spec for spec in SETTINGS}


@dataclass(frozen=True)
class Chosen:
    """A named entry of a registry with its settings: an optimizer, an initialization, a data set."""

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, **self.params}


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a run. `settings` holds a value for each spec in SETTINGS."""

    network: Network
    data: Chosen = Chosen("digits")
    optimizer: Chosen = Chosen("sgd", defaults(OPTIMIZERS.get("sgd").params))
    init: Chosen = Chosen("default")
    settings: Mapping[str, Any] = field(default_factory=lambda: defaults(SETTINGS))
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        """A setting by its name: `recipe.batch_size`."""
        if name in _SETTINGS_BY_NAME:
            return self.settings[name]
        raise AttributeError(name)

    @classmethod
    def from_dict(cls, document: Any) -> Recipe:
        """The recipe a document describes. Raises only DocumentError."""
        head = dict(read_head(as_json(document), "recipe", FORMAT, VERSION))
        del head["format"], head["version"]
        if "network" not in head:
            raise DocumentError(text('The recipe has no "network".'))
        network = Network.from_dict(head.pop("network"))
        data = _read_chosen(head.pop("data", {"name": "digits"}), "data")
        optimizer = _read_kind(head.pop("optimizer", {"name": "sgd"}), "optimizer", OPTIMIZERS)
        init = _read_kind(head.pop("init", {"name": "default"}), "init", INITIALIZATIONS)
        given = {name: head.pop(name) for name in _SETTINGS_BY_NAME if name in head}
        try:
            settings = parse_params(SETTINGS, given)
        except BadValue as error:
            raise DocumentError(error.sentence) from None
        return cls(network, data, optimizer, init, settings, head)

    @classmethod
    def loads(cls, content: str | bytes) -> Recipe:
        return cls.from_dict(parse_json(content))

    @classmethod
    def load(cls, path: str | Path) -> Recipe:
        return cls.loads(read_file(path))

    def to_dict(self) -> dict[str, Any]:
        return {"format": FORMAT, "version": VERSION, "network": self.network.to_dict(), "data": self.data.to_dict(),
                "optimizer": self.optimizer.to_dict(), "init": self.init.to_dict(), **self.settings, **self.extra}

    def save(self, path: str | Path) -> None:
        Path(path).write_text(json.dumps(self.to_dict(), indent=1), encoding="utf-8")

    def with_(self, **changes: Any) -> Recipe:
        """A copy with fields (`network=`) or settings (`epochs=`) replaced; settings are checked (BadValue)."""
        names = ("network", "data", "optimizer", "init", "extra")
        fields = {name: changes.pop(name) for name in names if name in changes}
        settings = parse_params(SETTINGS, {**self.settings, **changes})
        return replace(self, settings=settings, **fields)

    def with_optimizer(self, name: str, **params: Any) -> Recipe:
        """A copy with another optimizer; what is not given takes that optimizer's default."""
        return replace(self, optimizer=choose(OPTIMIZERS, name, params))

    def with_typed(self, path: str, typed: str) -> Recipe:
        """A copy with one value as typed on a command line: `optimizer.lr`, `batch_size`. Raises BadValue."""
        group, dot, name = path.partition(".")
        if not dot:
            if group not in _SETTINGS_BY_NAME:
                raise BadValue(unknown_setting(path))
            return self.with_(**{group: _SETTINGS_BY_NAME[group].read(typed)})
        if path == "data.name":
            return replace(self, data=Chosen(typed))
        if group == "data":
            return replace(self, data=Chosen(self.data.name, {**self.data.params, name: _literal(typed)}))
        registries = {"optimizer": OPTIMIZERS, "init": INITIALIZATIONS}
        if group not in registries:
            raise BadValue(unknown_setting(path))
        chosen = self.optimizer if group == "optimizer" else self.init
        return replace(self, **{group: _with_typed_kind(registries[group], chosen, name, typed)})


def choose(registry: Registry[Kind], name: str, params: Mapping[str, Any]) -> Chosen:
    """An entry of a registry with its settings checked and completed. Raises UnknownName or BadValue."""
    kind = registry.get(name)
    return Chosen(kind.name, parse_params(kind.params, params))


def unknown_setting(path: str) -> Text:
    known = [*_SETTINGS_BY_NAME, "optimizer.name", "init.name", "data.name"]
    known += [f"optimizer.{spec.name}" for kind in OPTIMIZERS for spec in kind.params]
    return text("A recipe has no setting called {name}.{hint}", name=path[:60], hint=did_you_mean(path, known))


def _with_typed_kind(registry: Registry[Kind], chosen: Chosen, name: str, typed: str) -> Chosen:
    if name == "name":
        if typed not in registry:
            raise BadValue(text("There is no {kind} called {name}.{hint}", kind=registry.kind, name=typed[:60],
                                hint=did_you_mean(typed, registry.names())))
        same = {spec.name: chosen.params[spec.name] for spec in registry.get(typed).params
                if typed == chosen.name and spec.name in chosen.params}
        return choose(registry, typed, same)
    kind = registry.get(chosen.name)
    specs = {spec.name: spec for spec in kind.params}
    if name not in specs:
        raise BadValue(text("{title} has no setting called {name}.{hint}", title=kind.title, name=name[:60],
                            hint=did_you_mean(name, list(specs))))
    return choose(registry, chosen.name, {**chosen.params, name: specs[name].read(typed)})


def _literal(typed: str) -> Any:
    try:
        return json.loads(typed)
    except ValueError:
        return typed


def _read_chosen(item: Any, where: str) -> Chosen:
    if not isinstance(item, dict) or not isinstance(item.get("name"), str):
        raise DocumentError(text('"{where}" in a recipe should be an object with a "name".', where=where))
    return Chosen(item["name"], {key: value for key, value in item.items() if key != "name"})


def _read_kind(item: Any, where: str, registry: Registry[Kind]) -> Chosen:
    chosen = _read_chosen(item, where)
    if chosen.name not in registry:
        raise DocumentError(text("There is no {kind} called {name}.{hint}", kind=registry.kind, name=chosen.name[:60],
                                 hint=did_you_mean(chosen.name, registry.names())))
    try:
        return choose(registry, chosen.name, chosen.params)
    except BadValue as error:
        raise DocumentError(error.sentence) from None
