"""The experiment a person is editing: a recipe, autosaved under a random id that is in the page's address."""

from __future__ import annotations

import secrets
from dataclasses import fields, replace

import streamlit as st

from explorer.document import DocumentError, Fix, Network, parse_json
from explorer.recipe import Recipe
from explorer.text import text
from explorer.training import RunStore
from explorer.ui.language import _, plain
from explorer.ui.session import state
from explorer.ui.session.notices import failed, tell
from explorer.ui.session.person import owner
from explorer.ui.session.state import Slot
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.workspace.draft_store import Draft, DraftStore, Saved, Stored

__all__ = [
    "Draft", "apply_fix", "can_redo", "can_undo", "change_network", "change_recipe", "current", "newer_elsewhere",
    "open_recipe", "open_stored", "read_upload", "recipe", "redo", "redraw_forms", "store", "take_newer", "undo",
]

_UNDO_STEPS = 100


def store() -> DraftStore:
    """Open the drafts of this server, beside its runs."""
    return DraftStore(RunStore().folder / "drafts")


def current() -> Draft | None:
    """Return the draft that the page's address names, else the session's; None where there is none yet.

    Raises DocumentError where the address names one that is not here or is damaged.
    """
    wanted = st.query_params.get(state.NET_PARAMETER)
    draft = state.DRAFT.value
    if wanted and (draft is None or draft.id != wanted):
        stored = store().load(wanted)
        draft = stored.draft
        _show(stored)
    if draft:
        st.query_params[state.NET_PARAMETER] = draft.id
    return draft


def recipe() -> Recipe:
    """Return the recipe of this session's draft, which there must be."""
    return state.DRAFT.value.recipe


@uninterrupted
def open_recipe(opened: Recipe, origin: str = "") -> Draft:
    """Start editing a recipe, under a new id; for `origin` see Draft. Raises OSError."""
    draft = Draft(secrets.token_hex(16), opened, owner(), origin)
    saved = _save(draft, based_on_revision=0)
    _show(Stored(draft, saved.revision, saved.stamp))
    st.query_params[state.NET_PARAMETER] = draft.id
    return draft


def open_stored(stored: Stored) -> None:
    """Continue a draft from where it was left."""
    _show(stored)
    st.query_params[state.NET_PARAMETER] = stored.draft.id


@uninterrupted
def change_recipe(changed: Recipe) -> None:
    """Keep a changed recipe, on disk and in the session; a failure to save it, or a conflict, is shown."""
    draft = replace(state.DRAFT.value, recipe=_onto_newer(changed))
    try:
        saved = _save(draft, state.SEEN.value[0])
    except OSError as error:
        failed(text("This change could not be saved"), error)
    except DocumentError as error:
        tell(text("This change could not be saved. {why}", why=error.sentence))
    else:
        state.SEEN.value = saved.revision, saved.stamp
        if saved.conflict:
            tell(text('The network was also changed in another tab. That state was kept as version "{name}"; find it '
                      "under Versions.", name=plain(saved.conflict.name, 120)))
    state.DRAFT.value = draft


@uninterrupted
def change_network(network: Network) -> None:
    """Keep a changed network, with an undo step. An equal one is no change: a field may only report that it lost focus.
    """
    if network != recipe().network:
        _remember_for_undo()
        change_recipe(recipe().with_(network=network))


def newer_elsewhere() -> bool:
    """Check whether another tab saved another state of this draft since this session last read or wrote it.

    Costs one look at the file's time while nobody writes.
    """
    return _newer() is not None


@uninterrupted
def take_newer() -> None:
    """Adopt the state that another tab saved, with an undo step. Does nothing where there is none newer."""
    newer = _newer()
    if newer:
        if newer.draft.recipe.network != recipe().network:
            _remember_for_undo()
        state.DRAFT.value = newer.draft
        state.SEEN.value = newer.revision, newer.stamp
        redraw_forms()


@uninterrupted
def apply_fix(fix: Fix) -> None:
    """Apply the fix that a problem offers."""
    from explorer.network import edit

    change_network(edit.apply(recipe().network, fix))
    redraw_forms()


def can_undo() -> bool:
    """Check whether there is a step to undo."""
    return bool(state.UNDO.value)


def can_redo() -> bool:
    """Check whether there is an undone step to redo."""
    return bool(state.REDO.value)


@uninterrupted
def undo() -> None:
    _step(state.UNDO, state.REDO)


@uninterrupted
def redo() -> None:
    _step(state.REDO, state.UNDO)


def _step(source: Slot[tuple[Network, ...]], target: Slot[tuple[Network, ...]]) -> None:
    if not source.value:
        return
    *rest, network = source.value
    back = (*target.value, recipe().network)
    change_recipe(recipe().with_(network=network))
    source.value, target.value = tuple(rest), back
    redraw_forms()


def redraw_forms() -> None:
    """Make every form take its values from the draft again."""
    state.REVISION.value += 1


def read_upload(content: bytes) -> Recipe:
    """Read an uploaded file: a recipe, or a network with the default recipe. Raises DocumentError."""
    document = parse_json(content)
    if isinstance(document, dict) and document.get("format") == "layerscope/recipe":
        return Recipe.from_dict(document)
    return Recipe(Network.from_dict(document))


@uninterrupted
def _show(stored: Stored) -> None:
    state.DRAFT.value = stored.draft
    state.SEEN.value = stored.revision, stored.stamp
    for slot in (state.UNDO, state.REDO, state.SELECTED, state.COMPARED):
        slot.clear()
    redraw_forms()


def _remember_for_undo() -> None:
    state.UNDO.value = (*state.UNDO.value, recipe().network)[-_UNDO_STEPS:]
    state.REDO.clear()


def _save(draft: Draft, based_on_revision: int) -> Saved:
    return store().save(draft, state.WRITER.value, based_on_revision, _)


@uninterrupted
def _newer() -> Stored | None:
    """Read the state that another tab saved since this session looked, None where there is none, or none readable."""
    draft, (revision, stamp) = state.DRAFT.value, state.SEEN.value
    if draft is None or store().stamp(draft.id) in (stamp, None):
        return None
    try:
        stored = store().load(draft.id)
    except DocumentError:
        return None
    if stored.revision != revision and stored.draft.recipe != draft.recipe:
        return stored
    state.SEEN.value = stored.revision, stored.stamp
    return None


def _onto_newer(changed: Recipe) -> Recipe:
    """Combine a recipe whose settings alone were changed with the network that another tab saved in the meantime.

    So one can train in one tab and build in another, and neither takes the other's work back.
    """
    before = recipe()
    if changed.network != before.network or not newer_elsewhere():
        return changed
    take_newer()
    tell(text("The network was changed in another tab; this tab now shows that state."))
    parts = {part.name: getattr(changed, part.name) for part in fields(Recipe)
             if part.name != "settings" and getattr(changed, part.name) != getattr(before, part.name)}
    settings = {name: value for name, value in changed.settings.items() if value != before.settings.get(name)}
    return recipe().with_(**parts, **settings)
