"""The rules that decide what a recipe means, each with a version of its own. No torch.

A version keeps its meaning for ever. A change of meaning is a new version: one more sentence here, and one more
function in the table that the rule's code picks from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from explorer.document import DocumentError, NewerDocument
from explorer.registry import Registry, shown
from explorer.text import text


@dataclass(frozen=True)
class Rule:
    """A rule and what its versions mean, from version 1 on."""

    name: str
    title: str
    meanings: tuple[str, ...]

    @property
    def newest(self) -> int:
        return len(self.meanings)


RULES = Registry("rule", (
    Rule("split", "Split", (
        "The held-out samples are a share or a fold of one permutation under the seed, whatever their classes.",)),
    Rule("scaling", "Scaling", (
        "A table of one's own is scaled once, when it is kept, by its whole training set: by all folds.",)),
    Rule("initialization", "Initialization", (
        "Matrices and kernels are drawn; the weights of recurrent layers keep PyTorch's default.",)),
    Rule("kept_weights", "Kept weights", (
        "What a run keeps in the end are the weights of its last step.",)),
))


def newest_rules() -> dict[str, int]:
    """List the versions that a new recipe takes."""
    return {rule.name: rule.newest for rule in RULES}


def check_rules(stored: Any) -> dict[str, int]:
    """Check the versions that a recipe gives its rules: one that is known here for each.

    Raises NewerDocument where a newer program wrote them, else DocumentError.
    """
    if not isinstance(stored, Mapping):
        raise DocumentError(text('"rules" in a recipe should be an object with the version of each rule.'))
    for name, version in stored.items():
        _check_version(name, version)
    if missing := [rule.title for rule in RULES if rule.name not in stored]:
        raise DocumentError(text('The "rules" of this recipe lack a version of {rules}.', rules=", ".join(missing)))
    return {rule.name: stored[rule.name] for rule in RULES}


def _check_version(name: str, version: Any) -> None:
    if name not in RULES:
        raise NewerDocument(text("This recipe follows a rule called {name}, which only a newer Layerscope knows.",
                                 name=shown(name)))
    rule = RULES.get(name)
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise DocumentError(text("The version of the rule {rule} in this recipe should be a whole number from 1 on, "
                                 "not {found}.", rule=rule.title, found=shown(version)))
    if version > rule.newest:
        raise NewerDocument(text("This recipe follows version {found} of the rule {rule}; this Layerscope knows "
                                 "versions up to {newest}.", found=shown(version), rule=rule.title,
                                 newest=rule.newest))
