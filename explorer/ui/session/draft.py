"""The experiment a person is editing: a recipe, autosaved under a random id that stands in the page's address."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import fields, replace
from time import strftime

import streamlit as st

from explorer.document import DocumentError, Fix, Network, parse_json
from explorer.files.atomic import Stamp
from explorer.recipe import Recipe
from explorer.text import text
from explorer.training import RunStore
from explorer.ui.language import _, plain
from explorer.ui.session import state
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.workspace.draft_store import Draft, DraftStore, Saved, Stored, Version

__all__ = [
    "Draft", "Version", "apply_fix", "change_network", "change_recipe", "current", "delete_version", "keep_version",
    "load_version", "newer_elsewhere", "open_beside", "open_recipe", "open_stored", "open_version", "read_upload",
    "redo", "redraw_forms", "rename_version", "store", "take_newer", "undo", "versions",
]

_UNDO_STEPS = 100


def store() -> DraftStore:
    """The drafts of this server, beside its runs."""
    return DraftStore(RunStore().folder / "drafts")


def current() -> Draft | None:
    """The draft that the page's address names, else the session's; None where there is none yet.

    Raises DocumentError where the address names one that is not here or is damaged.
    """
    wanted = st.query_params.get(state.NET_PARAMETER)
    draft: Draft | None = st.session_state.get(state.DRAFT)
    if wanted and (draft is None or draft.id != wanted):
        stored = store().load(wanted)
        draft = stored.draft
        _show(stored)
    if draft:
        st.query_params[state.NET_PARAMETER] = draft.id
    return draft


@uninterrupted
def open_recipe(recipe: Recipe, origin: str = "") -> Draft:
    """Start editing a recipe, under a new id; for `origin` see Draft. Raises OSError."""
    draft = Draft(secrets.token_hex(16), recipe, st.session_state.get(state.OWNER, ""), origin)
    saved = _save(draft, based_on_revision=0)
    _show(Stored(draft, saved.revision, saved.stamp))
    st.query_params[state.NET_PARAMETER] = draft.id
    return draft


@uninterrupted
def open_beside(recipe: Recipe, name: str, before: Network, origin: str = "") -> None:
    """Start editing a recipe whose network is held against another, which is kept as a version. Raises OSError."""
    opened = open_recipe(recipe, origin)
    version = store().keep_version(opened.id, name, recipe.with_(network=before))
    st.session_state[state.COMPARED] = version.number


def open_stored(stored: Stored) -> None:
    """Go on with a draft from where it was left."""
    _show(stored)
    st.query_params[state.NET_PARAMETER] = stored.draft.id


@uninterrupted
def change_recipe(recipe: Recipe) -> None:
    """Keep a changed recipe, on disk and in the session; what keeps it from the disk, or was there, is told."""
    draft = replace(st.session_state[state.DRAFT], recipe=_onto_newer(recipe))
    try:
        saved = _save(draft, _seen()[0])
    except OSError as error:
        why = error.strerror or str(error)
        st.session_state[state.NOTICE] = text("This change could not be saved: {why}.", why=why)
    except DocumentError as error:
        st.session_state[state.NOTICE] = text("This change could not be saved. {why}", why=error.sentence)
    else:
        st.session_state[state.SEEN] = saved.revision, saved.stamp
        if saved.conflict:
            st.session_state[state.NOTICE] = text(
                'The network was also changed in another tab. That state was kept as version "{name}"; '
                "open it under Versions.", name=plain(saved.conflict.name, 120))
    st.session_state[state.DRAFT] = draft


@uninterrupted
def change_network(network: Network) -> None:
    """Keep a changed network; undo leads back. The same is no change: a field may tell only that it was left."""
    recipe = st.session_state[state.DRAFT].recipe
    if network != recipe.network:
        _remember_for_undo()
        change_recipe(recipe.with_(network=network))


def newer_elsewhere() -> bool:
    """Whether another tab saved another state of this draft since this session last read or wrote it.

    Costs one look at the file's time while nobody writes.
    """
    return _newer() is not None


@uninterrupted
def take_newer() -> None:
    """Go on with what another tab saved; undo leads back. Nothing happens where there is nothing newer."""
    newer = _newer()
    if newer:
        if newer.draft.recipe.network != st.session_state[state.DRAFT].recipe.network:
            _remember_for_undo()
        st.session_state[state.DRAFT] = newer.draft
        st.session_state[state.SEEN] = newer.revision, newer.stamp
        redraw_forms()


def versions() -> list[Version]:
    """The named versions of this session's draft, newest first."""
    draft = st.session_state.get(state.DRAFT)
    return store().versions(draft.id) if draft else []


def keep_version(name: str) -> Version:
    """Keep the draft as it is under a name. Raises OSError, DocumentError."""
    draft = st.session_state[state.DRAFT]
    return store().keep_version(draft.id, name, draft.recipe)


def load_version(number: int) -> Recipe:
    """A version's recipe, to look at it. Raises DocumentError."""
    return store().load_version(st.session_state[state.DRAFT].id, number)


def open_version(number: int) -> None:
    """Make a version's network the current one; undo leads back, and what was current is kept as a version, too.

    Raises OSError, DocumentError.
    """
    draft, network = st.session_state[state.DRAFT], load_version(number).network
    if network == draft.recipe.network:
        return
    name = text("Before another version was opened, {time}", time=strftime("%H:%M")).render(_)
    with suppress(DocumentError):  # no more versions fit: then undo alone leads back
        store().keep_version(draft.id, name, draft.recipe, automatic=True)
    change_network(network)
    redraw_forms()


def rename_version(number: int, name: str) -> None:
    """Raises OSError, DocumentError."""
    store().rename_version(st.session_state[state.DRAFT].id, number, name)


def delete_version(number: int) -> None:
    """Raises OSError, DocumentError."""
    store().delete_version(st.session_state[state.DRAFT].id, number)


@uninterrupted
def apply_fix(fix: Fix) -> None:
    """Mend what a problem offers to mend."""
    from explorer.network import edit

    change_network(edit.apply(st.session_state[state.DRAFT].recipe.network, fix))
    redraw_forms()


@uninterrupted
def undo() -> None:
    _step(state.UNDO, state.REDO)


@uninterrupted
def redo() -> None:
    _step(state.REDO, state.UNDO)


def _step(source: str, target: str) -> None:
    if not st.session_state[source]:
        return
    recipe = st.session_state[state.DRAFT].recipe
    *rest, network = st.session_state[source]
    back = [*st.session_state[target], recipe.network]
    change_recipe(recipe.with_(network=network))
    st.session_state[source], st.session_state[target] = rest, back
    redraw_forms()


def redraw_forms() -> None:
    """Make every form take its values from the draft again."""
    st.session_state[state.REVISION] = st.session_state.get(state.REVISION, 0) + 1


def read_upload(content: bytes) -> Recipe:
    """The recipe in a file a person opened: a recipe, or a network with the default recipe. Raises DocumentError."""
    document = parse_json(content)
    if isinstance(document, dict) and document.get("format") == "layerscope/recipe":
        return Recipe.from_dict(document)
    return Recipe(Network.from_dict(document))


@uninterrupted
def _show(stored: Stored) -> None:
    st.session_state[state.DRAFT] = stored.draft
    st.session_state[state.SEEN] = stored.revision, stored.stamp
    st.session_state[state.UNDO], st.session_state[state.REDO] = [], []
    st.session_state[state.SELECTED] = ()
    st.session_state[state.COMPARED] = None
    redraw_forms()


def _remember_for_undo() -> None:
    network, steps = st.session_state[state.DRAFT].recipe.network, st.session_state[state.UNDO]
    st.session_state[state.UNDO] = [*steps, network][-_UNDO_STEPS:]
    st.session_state[state.REDO] = []


def _save(draft: Draft, based_on_revision: int) -> Saved:
    writer = st.session_state.setdefault(state.WRITER, secrets.token_hex(16))
    return store().save(draft, writer, based_on_revision, _)


def _seen() -> tuple[int, Stamp | None]:
    return st.session_state.get(state.SEEN, (0, None))


@uninterrupted
def _newer() -> Stored | None:
    """What another tab saved since this session looked, None where nothing or nothing readable."""
    draft = st.session_state.get(state.DRAFT)
    revision, stamp = _seen()
    if draft is None or store().stamp(draft.id) in (stamp, None):
        return None
    try:
        stored = store().load(draft.id)
    except DocumentError:
        return None
    if stored.revision != revision and stored.draft.recipe != draft.recipe:
        return stored
    st.session_state[state.SEEN] = stored.revision, stored.stamp
    return None


def _onto_newer(recipe: Recipe) -> Recipe:
    """A recipe whose settings alone were changed, with the network that another tab saved meanwhile.

    So one can train in one tab and build in another, and neither takes the other's work back.
    """
    before = st.session_state[state.DRAFT].recipe
    if recipe.network != before.network or not newer_elsewhere():
        return recipe
    take_newer()
    st.session_state[state.NOTICE] = text("The network was changed in another tab; this tab goes on with it.")
    parts = {part.name: getattr(recipe, part.name) for part in fields(Recipe)
             if part.name != "settings" and getattr(recipe, part.name) != getattr(before, part.name)}
    settings = {name: value for name, value in recipe.settings.items() if value != before.settings.get(name)}
    return st.session_state[state.DRAFT].recipe.with_(**parts, **settings)
