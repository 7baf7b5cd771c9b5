"""The parts of Home: networks to start from, a file to open, networks and runs to come back to."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from explorer import zoo
from explorer.blocks import BLOCKS
from explorer.document import DocumentError, Network
from explorer.recipe import Recipe
from explorer.text import count_text
from explorer.training import Gone, Run, RunStore, Status
from explorer.ui import draft, state
from explorer.ui.draft_store import Stored
from explorer.ui.language import _, plain
from explorer.ui.shell import BUILD, INSPECT, TRAIN, draw_problem, go_to, theme
from explorer.zoo import Entry

_COLUMNS = 3
_RUNS_SHOWN = 8
_DRAFTS_SHOWN = 6


def draw_zoo() -> None:
    """A card for each network of the zoo, the first one the obvious start."""
    entries = list(zoo.ZOO)
    for start in range(0, len(entries), _COLUMNS):
        for column, entry in zip(st.columns(_COLUMNS), entries[start:start + _COLUMNS], strict=False):
            with column:
                _draw_card(entry, first=entry is entries[0])


def _draw_card(entry: Entry, first: bool) -> None:
    from explorer.figures import network_svg

    costs = zoo.costs(entry.name)
    families = {block.name: block.family for block in BLOCKS}
    with st.container(border=True, height="stretch"):
        st.image(network_svg(entry.network, theme(), 400, 84, families=families, shapes=costs.shapes), width="stretch")
        st.markdown(f"**{_(entry.title)}**", help=_(entry.source))
        st.markdown(f":small[:gray[{entry.year} · {_('{count} parameters', count=count_text(costs.parameters))} · "
                    f"{_('{count} multiply-adds', count=count_text(costs.multiply_adds))}]]")
        st.caption(f"{_(entry.summary)} *{_(entry.worth_seeing)}*")
        with st.container(horizontal=True):
            if st.button(_("Train"), key=f"train/{entry.name}", type="primary" if first else "secondary",
                         icon=":material/play_arrow:", help=_("Opens the training page with this network.")):
                _open(entry, TRAIN)
            if st.button(_("Open in Build"), key=f"build/{entry.name}", type="tertiary"):
                _open(entry, BUILD)


def _open(entry: Entry, page: str) -> None:
    draft.open_recipe(entry.recipe)
    st.session_state[state.RUN] = None
    go_to(page)


def draw_open_file() -> None:
    """A field for a network or recipe file; what is wrong with one is said below it."""
    said = st.container()  # above the field, where it is seen without scrolling
    uploaded = st.file_uploader(_("Open a network or a recipe (JSON)"), type=["json"], key="open_file")
    if uploaded is None or st.session_state.get(state.OPENED_FILE) == uploaded.file_id:
        return
    try:
        draft.open_recipe(draft.read_upload(uploaded.getvalue()))
    except DocumentError as error:
        with said:
            draw_problem(error.sentence)
        return
    st.session_state[state.OPENED_FILE] = uploaded.file_id
    st.session_state[state.RUN] = None
    go_to(BUILD)


def draw_start_from_nothing() -> None:
    """An empty canvas."""
    if st.button(_("Start from nothing"), icon=":material/add:", help=_("Opens Build with an empty canvas.")):
        draft.open_recipe(Recipe(Network()))
        st.session_state[state.RUN] = None
        go_to(BUILD)


def draw_own_networks() -> None:
    """What this browser edited last; every edit was saved by itself."""
    st.markdown(f"**{_('Your networks')}**")
    edited = draft.store().edited(st.session_state.get(state.OWNER, ""), _DRAFTS_SHOWN)
    if not edited:
        st.caption(_("None yet. What you change in Build or Train is saved by itself and stands here."))
    for stored in edited:
        _draw_own_network(stored)


def _draw_own_network(stored: Stored) -> None:
    name, open_button = st.columns([0.7, 0.3], vertical_alignment="center")
    recipe, changed = stored.draft.recipe, stored.stamp[0] / 1e9 if stored.stamp else 0.0
    about = f"{plain(recipe.data.name)} · {datetime.fromtimestamp(changed).strftime('%d %b %H:%M')}"
    name.markdown(f"{plain(recipe.network.name, 60)}&ensp;:small[:gray[{about}]]")
    if open_button.button(_("Open"), key=f"open_draft/{stored.draft.id}"):
        draft.open_stored(stored)
        st.session_state[state.RUN] = None
        go_to(BUILD)


def draw_recent_runs() -> None:
    """This browser's last runs, and those started from the command line."""
    runs = RunStore().list(st.session_state.get(state.OWNER, ""))[:_RUNS_SHOWN]
    st.markdown(f"**{_('Recent runs')}**")
    if not runs:
        st.caption(_("None yet. Pick a network above and press Train."))
    for run in runs:
        _draw_run(run)


def _draw_run(run: Run) -> None:
    try:
        status, recipe = run.status(), run.recipe
    except (Gone, DocumentError):
        return
    name, result, open_button = st.columns([0.42, 0.38, 0.2], vertical_alignment="center")
    started = datetime.fromtimestamp(status.created_s).strftime("%d %b %H:%M")
    name.markdown(f"{plain(recipe.network.name)}&ensp;:small[:gray[{plain(recipe.data.name)} · {started}]]")
    result.markdown(f":small[{_result_text(status)}]")
    if open_button.button(_("Open"), key=f"open/{run.id}"):
        st.session_state[state.RUN] = run.id
        draft.open_recipe(recipe)
        go_to(TRAIN if status.is_live else INSPECT)


def _result_text(status: Status) -> str:
    accuracy = status.summary.get("test_accuracy", status.summary.get("val_accuracy"))
    if accuracy is not None:
        return _("{state}, accuracy {accuracy}", state=_(status.state), accuracy=f"{accuracy:.3f}")
    return _(status.state)
