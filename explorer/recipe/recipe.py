"""The experiment as one plain document: network, data, optimizer, seed and all the rest; no torch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from explorer.document import DocumentError, Network, as_json, parse_json, read_file, read_head
from explorer.document.initializations import INITIALIZATIONS
from explorer.kinds import Chosen, Kind, choose, unknown_kind
from explorer.recipe.augmentations import AUGMENTATIONS
from explorer.recipe.losses import LOSSES
from explorer.recipe.migrations import VERSION, migrate
from explorer.recipe.optimizers import OPTIMIZERS
from explorer.recipe.rules import check_rules, newest_rules
from explorer.recipe.schedules import SCHEDULES, lr_factor
from explorer.recipe.settings import SETTINGS
from explorer.recipe.tasks import TASK_KINDS, default_loss, loss_problem
from explorer.spec import BadValue, Number, Registry, defaults, did_you_mean, parse_params
from explorer.text import Text, text

FORMAT = "layerscope/recipe"
MOST_AUGMENTATIONS = 16
_SETTINGS_BY_NAME = {spec.name: spec for spec in SETTINGS}
KINDS: Mapping[str, Registry[Kind]] = {  # the fields of a recipe that hold one choice of a registry
    "loss": LOSSES, "optimizer": OPTIMIZERS, "schedule": SCHEDULES, "init": INITIALIZATIONS}
_LR_FACTOR = Number("lr_factors", "Learning rate factor", 1.0, low=0, high=1000)


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a run. `settings` holds a value for each spec in SETTINGS.

    `lr_factors` multiplies the learning rate of nodes, by address: 0 freezes one and all that is inside it.
    `further_networks` holds those beside `network` by role, for tasks that need more than one. `rules` holds the
    version of each of RULES that it follows, the newest where none is given.
    """

    network: Network
    data: Chosen = Chosen("digits")
    loss: Chosen = Chosen("cross_entropy")
    optimizer: Chosen = Chosen("sgd")
    schedule: Chosen = Chosen("constant")
    init: Chosen = Chosen("default")
    augmentation: tuple[Chosen, ...] = ()
    lr_factors: Mapping[str, float] = field(default_factory=dict)
    further_networks: Mapping[str, Network] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=lambda: defaults(SETTINGS))
    rules: Mapping[str, int] = field(default_factory=newest_rules)
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Complete what was chosen by name alone with that kind's defaults, and check the rules.

        Raises UnknownName, BadValue or DocumentError.
        """
        for name, registry in KINDS.items():
            chosen: Chosen = getattr(self, name)
            object.__setattr__(self, name, choose(registry, chosen.name, chosen.params))
        object.__setattr__(self, "rules", check_rules(self.rules))

    def __getattr__(self, name: str) -> Any:
        """Return a setting by its name: `recipe.batch_size`."""
        if name in _SETTINGS_BY_NAME:
            return self.settings[name]
        raise AttributeError(name)

    @property
    def networks(self) -> dict[str, Network]:
        """The networks by role, in the task's order; `network` is the first."""
        first, *others = TASK_KINDS.get(self.task).roles
        further = {role: network for role, network in self.further_networks.items() if role != first}
        return {first: self.network, **{role: further.pop(role) for role in others if role in further}, **further}

    @property
    def holds_out(self) -> bool:
        """Return whether some of the training samples are kept for validation."""
        return self.folds is not None or self.validation_share > 0

    @classmethod
    def from_dict(cls, document: Any) -> Recipe:
        """Read the recipe that a document describes. Raises only DocumentError."""
        head = dict(migrate(read_head(as_json(document), "recipe", FORMAT, VERSION)))
        del head["format"], head["version"]
        if "network" not in head:
            raise DocumentError(text('The recipe has no "network".'))
        network = Network.from_dict(head.pop("network"))
        data = _read_chosen(head.pop("data", {"name": "digits"}), "data")
        if "loss" not in head:
            head["loss"] = _default_loss_of(head.get("task")).to_dict()
        chosen = {field: _read_kind(head.pop(field, {"name": registry.names()[0]}), field, registry)
                  for field, registry in KINDS.items()}
        augmentation = _read_augmentation(head.pop("augmentation", []))
        lr_factors = _read_lr_factors(head.pop("lr_factors", {}))
        further = _read_networks(head.pop("further_networks", {}))
        given = {name: head.pop(name) for name in _SETTINGS_BY_NAME if name in head}
        try:
            settings = parse_params(SETTINGS, given)
        except BadValue as error:
            raise DocumentError(error.sentence) from None
        return cls(network, data, **chosen, augmentation=augmentation, lr_factors=lr_factors, further_networks=further,
                   settings=settings, rules=head.pop("rules", None), extra=head)

    @classmethod
    def loads(cls, content: str | bytes) -> Recipe:
        return cls.from_dict(parse_json(content))

    @classmethod
    def load(cls, path: str | Path) -> Recipe:
        return cls.loads(read_file(path))

    def to_dict(self) -> dict[str, Any]:
        kinds = {name: getattr(self, name).to_dict() for name in KINDS}
        return {"format": FORMAT, "version": VERSION, "network": self.network.to_dict(), "data": self.data.to_dict(),
                **kinds, "augmentation": [each.to_dict() for each in self.augmentation],
                "lr_factors": dict(self.lr_factors), **self._further(), **self.settings, "rules": dict(self.rules),
                **self.extra}

    def _further(self) -> dict[str, Any]:
        """Return the field of the networks beside the first, only where there are some."""
        networks = {role: network.to_dict() for role, network in self.further_networks.items()}
        return {"further_networks": networks} if networks else {}

    def dumps(self) -> str:
        """Write the document as JSON text, which `loads` reads."""
        return json.dumps(self.to_dict(), indent=1)

    def save(self, path: str | Path) -> None:
        Path(path).write_text(self.dumps(), encoding="utf-8")

    def with_(self, **changes: Any) -> Recipe:
        """Copy the recipe with fields (`network=`) or settings (`epochs=`) replaced.

        Another task brings its default loss along where the present one does not fit it. Raises BadValue for a setting
        out of range, and for a loss given here that does not fit the task.

        >>> from explorer import zoo
        >>> zoo.recipe("lenet").with_(task="regression", epochs=3).loss.name
        'mse'
        """
        fields = {name: changes.pop(name) for name in list(changes) if name in _FIELDS}
        settings = parse_params(SETTINGS, {**self.settings, **changes})
        problem = loss_problem(fields.get("loss", self.loss).name, settings["task"])
        if problem and "loss" in fields:
            raise BadValue(problem)
        if problem and "task" in changes:
            fields["loss"] = default_loss(settings["task"])
        return replace(self, settings=settings, **fields)

    def lr_at(self, step: int, total_steps: int, batches_per_epoch: int,
              changes: Sequence[tuple[int, float]] = ()) -> float:
        """Compute the learning rate of update `step` (0 is the first); `changes` are those made while it ran."""
        base = next((rate for since, rate in reversed(changes) if since <= step), self.optimizer.params["lr"])
        return base * lr_factor(self.schedule, step, total_steps, batches_per_epoch, self.warmup_epochs)

    def lr_factor_of(self, parameter: str) -> float:
        """Return the learning rate's factor of a parameter: that of the longest address its name starts with, else 1.

        >>> from explorer import zoo
        >>> zoo.recipe("lenet").with_(lr_factors={"conv1": 0.0}).lr_factor_of("conv1.weight")
        0.0
        """
        around = [address for address in self.lr_factors if parameter.startswith(f"{address}.")]
        return self.lr_factors[max(around, key=len)] if around else 1.0

    def with_optimizer(self, name: str, **params: Any) -> Recipe:
        """Copy the recipe with another optimizer; what is not given takes that optimizer's default."""
        return replace(self, optimizer=choose(OPTIMIZERS, name, params))

    def with_typed(self, path: str, typed: str) -> Recipe:
        """Copy the recipe with one value as typed on a command line: `optimizer.lr`. Raises BadValue."""
        group, dot, name = path.partition(".")
        if not dot:
            if group not in _SETTINGS_BY_NAME:
                raise BadValue(unknown_setting(path))
            return self.with_(**{group: _SETTINGS_BY_NAME[group].read(typed)})
        if path == "data.name":
            return replace(self, data=Chosen(typed))
        if group == "data":
            return replace(self, data=Chosen(self.data.name, {**self.data.params, name: _literal(typed)}))
        if group not in KINDS:
            raise BadValue(unknown_setting(path))
        return self.with_(**{group: _with_typed_kind(KINDS[group], getattr(self, group), name, typed)})


_FIELDS = ("network", "data", *KINDS, "augmentation", "lr_factors", "further_networks", "rules", "extra")


def unknown_setting(path: str) -> Text:
    """Compose the sentence for a setting that a recipe does not have.

    >>> print(unknown_setting("epoch"))
    A recipe has no setting called epoch. Did you mean epochs?
    """
    known = [*_SETTINGS_BY_NAME, "data.name", *(f"{field}.name" for field in KINDS)]
    known += [f"{field}.{spec.name}" for field, registry in KINDS.items() for kind in registry for spec in kind.params]
    return text("A recipe has no setting called {name}.{hint}", name=path[:60], hint=did_you_mean(path, known))


def _with_typed_kind(registry: Registry[Kind], chosen: Chosen, name: str, typed: str) -> Chosen:
    if name == "name":
        if typed not in registry:
            raise BadValue(unknown_kind(registry, typed))
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
        raise DocumentError(unknown_kind(registry, chosen.name))
    try:
        return choose(registry, chosen.name, chosen.params)
    except BadValue as error:
        raise DocumentError(error.sentence) from None


def _default_loss_of(task: Any) -> Chosen:
    """Choose the loss of a document that names none; a task that does not exist is reported where settings are read."""
    return default_loss(task if isinstance(task, str) and task in TASK_KINDS else "classification")


def _read_augmentation(items: Any) -> tuple[Chosen, ...]:
    if not isinstance(items, list) or len(items) > MOST_AUGMENTATIONS:
        raise DocumentError(text('"augmentation" in a recipe should be a list of at most {most} objects.',
                                 most=MOST_AUGMENTATIONS))
    return tuple(_read_kind(item, "augmentation", AUGMENTATIONS) for item in items)


def _read_networks(items: Any) -> dict[str, Network]:
    if not isinstance(items, dict):
        raise DocumentError(text('"further_networks" in a recipe should be an object of networks by role.'))
    return {role: Network.from_dict(network) for role, network in items.items()}


def _read_lr_factors(items: Any) -> dict[str, float]:
    if not isinstance(items, dict):
        raise DocumentError(text('"lr_factors" in a recipe should be an object of numbers by node address.'))
    try:
        return {str(address): _LR_FACTOR.parse(factor) for address, factor in items.items()}
    except BadValue as error:
        raise DocumentError(error.sentence) from None
