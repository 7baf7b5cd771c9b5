"""Named versions of the draft, and the one that the canvas compares with."""

from __future__ import annotations

from contextlib import suppress
from time import strftime

from explorer.document import DocumentError, Network
from explorer.recipe import Recipe
from explorer.text import text
from explorer.ui.language import _
from explorer.ui.session import draft, state
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.workspace.draft_store import Version


def kept() -> list[Version]:
    """List the versions of this session's draft, newest first."""
    opened = state.DRAFT.value
    return draft.store().versions(opened.id) if opened else []


def keep(name: str) -> Version:
    """Keep the draft as it is under a name. Raises OSError, DocumentError."""
    return draft.store().keep_version(_draft_id(), name, draft.recipe())


def load(number: int) -> Recipe:
    """Read a version's recipe, to look at it. Raises DocumentError."""
    return draft.store().load_version(_draft_id(), number)


def open_version(number: int) -> None:
    """Make a version's network the current one; undo leads back, and what was current is kept as a version, too.

    Raises OSError, DocumentError.
    """
    network = load(number).network
    if network == draft.recipe().network:
        return
    name = text("Before another version was opened, {time}", time=strftime("%H:%M")).render(_)
    with suppress(DocumentError):  # no more versions fit: then undo alone leads back
        draft.store().keep_version(_draft_id(), name, draft.recipe(), automatic=True)
    draft.change_network(network)
    draft.redraw_forms()


@uninterrupted
def open_beside(recipe: Recipe, name: str, before: Network, origin: str = "") -> None:
    """Start editing a recipe and compare its network with another, which is kept as a version. Raises OSError."""
    draft.open_recipe(recipe, origin)
    compare(draft.store().keep_version(_draft_id(), name, recipe.with_(network=before)).number)


def delete(number: int) -> None:
    """Delete a version, and end a comparison with it. Raises OSError, DocumentError."""
    if compared() == number:
        compare(None)
    draft.store().delete_version(_draft_id(), number)


def compared() -> int | None:
    """Return the number of the version that the canvas compares with, if it does."""
    return state.COMPARED.value


def compare(number: int | None) -> None:
    """Have the canvas compare with a version, or with none."""
    state.COMPARED.value = number


def _draft_id() -> str:
    return state.DRAFT.value.id
