"""A question about a run: which step, which input, what of it; read from what a browser sent, and checked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from safetensors import SafetensorError

from explorer.inspection.edits import MOST_EDITS, MOST_VALUES, WeightEdit
from explorer.intervention import MOST_INTERVENTIONS, Intervention
from explorer.live.message import unpack_message
from explorer.spec import BadValue
from explorer.text import text

VERSION = 1  # of the questions and answers
MOST_BYTES = 8_000_000  # of a question: an input of 3×800×800 pixels
_MOST_NAMES, _LONGEST = 32, 400
_DAMAGED = text("This question could not be read. Reload the page.")


@dataclass(frozen=True)
class InputAsked:
    """An input: a sample of the test part by its place, or one that was sent before by its hash; and changes to it.

    pixels: one that comes with this question, as the model takes it, without the batch axis: float32, or int64 tokens.
    changes: settings of data.changes by name. tokens: how many of a text's tokens were typed; None for all. edited: the
    sample that these pixels were made of by hand, whose target they have.
    """

    sample: int | None = 0
    hash: str | None = None
    pixels: np.ndarray | None = field(default=None, repr=False, compare=False)
    changes: tuple[tuple[str, float], ...] = ()
    tokens: int | None = None
    edited: int | None = None


@dataclass(frozen=True)
class SourceAsked:
    """Another input, or another network, whose values are put in place of what is asked about.

    run: "" for the same one; step, edits: of its weights.
    """

    run: str = ""
    step: int | None = None
    input: InputAsked = InputAsked()
    edits: tuple[WeightEdit, ...] = ()


@dataclass(frozen=True)
class Asked:
    """A question about a run. step: None for the last one kept. inside: the block walked into, by its address.

    edits: what was changed by hand of the weights. interventions: what is silenced, forced or scaled. options: of
    the probe, by name. payload: what is to be prepared as an input, as it was drawn, typed or uploaded. format:
    message or npz. source: what values are taken from, for a probe that patches; None for nothing.

    >>> Asked.read(b"not a message")
    Traceback (most recent call last):
    explorer.spec.BadValue: This question could not be read. Reload the page.
    """

    step: int | None = None
    input: InputAsked = InputAsked()
    against: InputAsked | None = None
    inside: str = ""
    edits: tuple[WeightEdit, ...] = ()
    interventions: tuple[Intervention, ...] = ()
    source: SourceAsked | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    payload: np.ndarray | None = field(default=None, repr=False, compare=False)
    format: str = "message"
    language: str = "en"
    version: int = VERSION

    @classmethod
    def read(cls, body: bytes) -> Asked:
        """Read a question packed as safetensors with a JSON document. Raises BadValue."""
        try:
            arrays, meta = unpack_message(body)
        except (SafetensorError, ValueError, TypeError, LookupError, AttributeError) as error:
            raise BadValue(_DAMAGED) from error
        return cls.of(meta, arrays)

    @classmethod
    def of(cls, meta: Mapping[str, Any], arrays: Mapping[str, np.ndarray] | None = None) -> Asked:
        """Check a question's document; arrays: "input", "against" and "source", where their pixels come with it, and
        "payload".

        Raises BadValue.
        """
        try:
            return cls(**_checked(meta, arrays or {}))
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise error if isinstance(error, BadValue) else BadValue(_DAMAGED) from error


def _checked(meta: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    against, source = meta.get("against"), meta.get("source")
    return {
        "step": _whole(meta.get("step")), "input": _input(meta.get("input") or {}, arrays.get("input")),
        "against": None if against is None else _input(against, arrays.get("against")),
        "inside": _words(meta.get("inside", "")), "edits": _edits(meta.get("edits") or ()),
        "interventions": _interventions(meta.get("interventions") or ()),
        "source": None if source is None else _source(source, arrays.get("source")),
        "options": _options(meta.get("options") or {}), "payload": arrays.get("payload"),
        "format": "npz" if meta.get("format") == "npz" else "message", "language": _words(meta.get("language", "en")),
        "version": _whole(meta.get("version", VERSION)) or 0}


def _input(given: Mapping[str, Any], pixels: np.ndarray | None) -> InputAsked:
    changes = given.get("changes") or {}
    if len(changes) > _MOST_NAMES or not all(map(_is_number, changes.values())):
        raise BadValue(_DAMAGED)
    key = given.get("hash")
    return InputAsked(_whole(given.get("sample")), None if key is None else _words(key), pixels,
                      tuple(sorted((_words(name), float(value)) for name, value in changes.items())),
                      _whole(given.get("tokens")), _whole(given.get("edited")))


def _source(given: Mapping[str, Any], pixels: np.ndarray | None) -> SourceAsked:
    return SourceAsked(_words(given.get("run", "")), _whole(given.get("step")),
                       _input(given.get("input") or {}, pixels), _edits(given.get("edits") or ()))


def _edits(given: Sequence[Mapping[str, Any]]) -> tuple[WeightEdit, ...]:
    if len(given) > MOST_EDITS:
        raise BadValue(text("More than {most} changes by hand cannot be shown at once. Undo some.", most=MOST_EDITS))
    edits = tuple(map(WeightEdit.read, given))
    if sum(len(edit.values) for edit in edits) > MOST_VALUES:
        raise BadValue(text("More than {most} changes by hand cannot be shown at once. Undo some.", most=MOST_VALUES))
    return edits


def _interventions(given: Sequence[Mapping[str, Any]]) -> tuple[Intervention, ...]:
    if len(given) > MOST_INTERVENTIONS:
        raise BadValue(text("More than {most} parts cannot be silenced, forced or scaled at once. Undo some.",
                            most=MOST_INTERVENTIONS))
    return tuple(map(Intervention.read, given))


def _options(given: Mapping[str, Any]) -> dict[str, Any]:
    if len(given) > _MOST_NAMES:
        raise BadValue(_DAMAGED)
    return {_words(name): tuple(value) if isinstance(value, list) else value for name, value in given.items()}


def _whole(value: Any) -> int | None:
    if value is not None and (type(value) is not int or not 0 <= value < 2**53):
        raise BadValue(_DAMAGED)
    return value


def _words(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise BadValue(_DAMAGED)
    return value


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)
