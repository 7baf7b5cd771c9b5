"""The experiment a person is editing: a recipe, autosaved under a random id that stands in the page's address."""

from __future__ import annotations

import json
import os
import re
import secrets
from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st

from explorer.document import DocumentError, Fix, Network, parse_json, read_file
from explorer.recipe import Recipe
from explorer.text import text
from explorer.training import RunStore
from explorer.ui import state

_ID = re.compile(r"[0-9a-f]{32}")
_UNDO_STEPS = 100


@dataclass(frozen=True)
class Draft:
    """A recipe under an id; `owner` is the key of the browser that opened it."""

    id: str
    recipe: Recipe
    owner: str = ""


def _folder() -> Path:
    return RunStore().folder / "drafts"


def current() -> Draft | None:
    """The draft that the page's address names, else the session's; None where there is none yet.

    Raises DocumentError where the address names one that is not here or is damaged.
    """
    wanted = st.query_params.get(state.NET_PARAMETER)
    draft: Draft | None = st.session_state.get(state.DRAFT)
    if wanted and (draft is None or draft.id != wanted):
        draft = _load(wanted)
        _show(draft)
    if draft:
        st.query_params[state.NET_PARAMETER] = draft.id
    return draft


def open_recipe(recipe: Recipe) -> Draft:
    """Start editing a recipe, under a new id. Raises OSError."""
    draft = Draft(secrets.token_hex(16), recipe, st.session_state.get(state.OWNER, ""))
    _save(draft)
    _show(draft)
    st.query_params[state.NET_PARAMETER] = draft.id
    return draft


def change_recipe(recipe: Recipe) -> None:
    """Keep a changed recipe, in the session and on disk."""
    draft = replace(st.session_state[state.DRAFT], recipe=recipe)
    st.session_state[state.DRAFT] = draft
    try:
        _save(draft)
    except OSError as error:
        why = error.strerror or str(error)
        st.session_state[state.NOTICE] = text("This change could not be saved: {why}.", why=why)


def change_network(network: Network) -> None:
    """Keep a changed network; undo leads back."""
    recipe = st.session_state[state.DRAFT].recipe
    st.session_state[state.UNDO] = [*st.session_state[state.UNDO], recipe.network][-_UNDO_STEPS:]
    st.session_state[state.REDO] = []
    change_recipe(recipe.with_(network=network))


def apply_fix(fix: Fix) -> None:
    """Mend what a problem offers to mend."""
    from explorer.network import edit

    change_network(edit.apply(st.session_state[state.DRAFT].recipe.network, fix))
    redraw_forms()


def undo() -> None:
    _step(state.UNDO, state.REDO)


def redo() -> None:
    _step(state.REDO, state.UNDO)


def _step(source: str, target: str) -> None:
    if not st.session_state[source]:
        return
    recipe = st.session_state[state.DRAFT].recipe
    *rest, network = st.session_state[source]
    st.session_state[source] = rest
    st.session_state[target] = [*st.session_state[target], recipe.network]
    change_recipe(recipe.with_(network=network))
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


def _show(draft: Draft) -> None:
    st.session_state[state.DRAFT] = draft
    st.session_state[state.UNDO], st.session_state[state.REDO] = [], []
    st.session_state[state.SELECTED] = None
    redraw_forms()


def _load(draft_id: str) -> Draft:
    if not _ID.fullmatch(draft_id):
        raise DocumentError(text("The page's address names no network."))
    path = _folder() / f"{draft_id}.json"
    if not path.exists():
        raise DocumentError(text("The network in the page's address is not here any more."))
    stored = parse_json(read_file(path))
    if not isinstance(stored, dict):
        raise DocumentError(text("The saved network is damaged."))
    return Draft(draft_id, Recipe.from_dict(stored.get("recipe")), str(stored.get("owner", "")))


def _save(draft: Draft) -> None:
    _folder().mkdir(parents=True, exist_ok=True)
    path = _folder() / f"{draft.id}.json"
    temporary = path.with_suffix(".writing")
    temporary.write_text(json.dumps({"owner": draft.owner, "recipe": draft.recipe.to_dict()}), encoding="utf-8")
    os.replace(temporary, path)
