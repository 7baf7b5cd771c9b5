"""The options of a probe: offered for a subject, checked, and resolved to what `compute` takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from explorer.probes.probe import ProbeSpec
from explorer.probes.probe_params import ClassParam, NodeParam, OfferedParam
from explorer.probes.subject import NotApplicable, Subject
from explorer.results import Probabilities
from explorer.spec import BadValue, ParamSpec, parse_params
from explorer.text import text


def offer(spec: ParamSpec, subject: Subject) -> ParamSpec:
    """Turn a setting into one that a form can draw: a node, a class or what else a subject offers
    becomes a choice.

    Raises NotApplicable where no node fits, or where no class is predicted; UnknownNode.

    >>> import torch
    >>> subject = Subject(torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU()), torch.zeros(1, 2))
    >>> offer(NodeParam("node", "Layer", every="all layers"), subject).titles
    ('all layers', '0', '1')
    """
    if isinstance(spec, NodeParam):
        fitting = [address for address in subject.children() if spec.fits(subject.module_at(address))]
        if not fitting and not spec.every:
            raise NotApplicable(text("No node here fits. Choose another block."))
        return spec.among(fitting)
    if isinstance(spec, ClassParam):
        return spec.among(_class_names(subject))
    return spec.of(subject) if isinstance(spec, OfferedParam) else spec


def resolve(probe: ProbeSpec, subject: Subject, given: Mapping[str, Any]) -> dict[str, Any]:
    """Check the options of a probe and complete them with their defaults; a class becomes its index.

    Raises BadValue, UnknownNode, NotApplicable.

    >>> import torch
    >>> from explorer.probes import PROBES
    >>> resolve(PROBES.get("generated_text"), Subject(torch.nn.ReLU(), torch.zeros(1, 2)), {"temperature": 1})
    {'temperature': 1.0}
    """
    of_subject = {spec.name: spec for spec in probe.params if isinstance(spec, _OF_A_SUBJECT)}
    plain = tuple(spec for spec in probe.params if spec.name not in of_subject)
    values = parse_params(plain, {name: value for name, value in given.items() if name not in of_subject})
    for name, spec in of_subject.items():
        find = _FINDERS[type(spec)]
        values[name] = find(spec, subject, given[name] if name in given else offer(spec, subject).default)
    return values


def _find_node(spec: NodeParam, subject: Subject, address: Any) -> str:
    """Check an address; it may be that of any node of the model, also of one that the form does not offer."""
    is_offered = address == "" and spec.every
    if is_offered or any(address == name for name, _title in spec.further):
        return address
    if not isinstance(address, str) or not address:
        raise BadValue(text("{title} must be the address of a node, not {value}.", title=spec.title,
                            value=repr(address)[:40]))
    if not spec.fits(subject.module_at(address)):
        raise BadValue(text("{title} cannot be {node}, a node of another kind.", title=spec.title, node=address))
    return address


def _find_class(spec: ClassParam, subject: Subject, value: Any) -> int:
    names = _class_names(subject)
    if value == spec.default:
        return int(subject.answer(Probabilities).values[0].argmax())
    if isinstance(value, str) and value in names:
        return names.index(value)
    if type(value) is int and 0 <= value < len(names):
        return value
    raise BadValue(text("{title} must be a class by its name or its index, from 0 to {last}, not {value}.",
                        title=spec.title, last=len(names) - 1, value=repr(value)[:40]))


def _find_offered(spec: OfferedParam, subject: Subject, value: Any) -> str | int:
    return spec.of(subject).parse(value)


_FINDERS = {NodeParam: _find_node, ClassParam: _find_class, OfferedParam: _find_offered}
_OF_A_SUBJECT = tuple(_FINDERS)


def _class_names(subject: Subject) -> tuple[str, ...]:
    if not subject.predicts_a_class:
        raise NotApplicable(text("This network does not predict classes, so there is no class to choose."))
    return subject.answer(Probabilities).names
