"""Sentences for people: English templates with values, translated only where they are shown.

The core never translates. It says `text("{block} needs a flat input but gets {shape}.", ...)`; the
user interface renders it in the session's language, everybody else with `str()`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Text:
    """An English template and the values that fill its braces."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def render(self, translate: Callable[[str], str] = str) -> str:
        """Fill in the values, after passing the template through `translate`."""
        filled = {
            name: value.render(translate) if isinstance(value, Text) else value
            for name, value in self.values.items()
        }
        return translate(self.template).format(**filled)

    def to_dict(self) -> dict[str, Any]:
        """Convert the sentence to JSON, with the sentences inside it."""
        return {"template": self.template, "values": {name: _as_json(value) for name, value in self.values.items()}}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Text:
        """Read a sentence from JSON. Raises ValueError, TypeError, KeyError, IndexError or AttributeError for anything
        else."""
        values = {name: cls.from_dict(v) if isinstance(v, dict) else v for name, v in stored["values"].items()}
        sentence = cls(stored["template"], values)
        str(sentence)  # a template that its values do not fill raises here and not on a page
        return sentence

    def __str__(self) -> str:
        return self.render()

    def __hash__(self) -> int:
        return hash((self.template, tuple(sorted((k, str(v)) for k, v in self.values.items()))))


def _as_json(value: Any) -> Any:
    if isinstance(value, Text):
        return value.to_dict()
    return value if isinstance(value, str | int | float) else str(value)


def text(template: str, **values: Any) -> Text:
    """Make a sentence for people, marked for the translation catalog."""
    return Text(template, values)
