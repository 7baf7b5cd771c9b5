"""The upper parts of Home: the network to start with, a file to open, networks and runs to return to."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from explorer import zoo
from explorer.document import DocumentError, Network
from explorer.recipe import Recipe
from explorer.training import Run, RunDeleted, RunStore, Status
from explorer.ui.app import background
from explorer.ui.app.shell import BUILD, INSPECT, TRAIN, go_to
from explorer.ui.data.own_data import name_of
from explorer.ui.home import opening
from explorer.ui.home.card import draw_picture
from explorer.ui.language import _, plain
from explorer.ui.session import draft, state
from explorer.ui.session.notices import draw_problem
from explorer.ui.session.person import owner
from explorer.ui.session.run import show_run
from explorer.workspace.draft_store import Stored

_MAX_UPLOAD_MB = 20
_RUNS_SHOWN = 8
_DRAFTS_SHOWN = 6
_OWN_WORK_PX, _PICTURE_PX, _WORDS_PX = 150, 360, 290


def draw_start() -> None:
    """Draw the one obvious next step: a network that learns in seconds."""
    entry = zoo.ZOO.get(zoo.names()[0])
    with st.container(border=True, key="start_here"):
        st.html(f'<h2 class="chapter">{_("Start here")}</h2>')
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            with st.container(width=_PICTURE_PX):
                draw_picture(entry)
            with st.container(width=_WORDS_PX):
                st.markdown(f"**{_(entry.title)}.** {_(entry.summary)}")
                if st.button(_("Train {network}", network=_(entry.title)), key=f"start/{entry.name}", type="primary",
                             icon=":material/play_arrow:", help=_("Opens the training page with this network.")):
                    opening.open_recipe(entry.recipe, TRAIN)


def draw_start_from_nothing() -> None:
    """Draw the button for an empty canvas."""
    if st.button(_("Start from scratch"), icon=":material/add:", help=_("Opens Build with an empty canvas.")):
        opening.open_recipe(Recipe(Network()), BUILD)


def draw_own_work() -> None:
    """List one's own recent work: runs and networks, the last ones first."""
    runs, networks = st.tabs([_("Recent runs"), _("Your networks")])
    with runs.container(height=_OWN_WORK_PX, border=False):
        _draw_recent_runs()
    with networks.container(height=_OWN_WORK_PX, border=False):
        _draw_own_networks()


def draw_open_file() -> None:
    """Draw a field for a network or recipe file; a problem with one is shown below it."""
    above = st.container()  # where it is seen without scrolling
    uploaded = st.file_uploader(_("Open a network or a recipe (JSON)"), type=["json"], key="open_file",
                                max_upload_size=_MAX_UPLOAD_MB)
    if uploaded is None or state.OPENED_FILE.value == uploaded.file_id:
        return
    try:
        draft.open_recipe(draft.read_upload(uploaded.getvalue()))
    except DocumentError as error:
        with above:
            draw_problem(error.sentence)
        return
    state.OPENED_FILE.value = uploaded.file_id
    show_run(None)
    go_to(BUILD)


def _draw_own_networks() -> None:
    """List the networks that this browser edited last; every edit was saved automatically."""
    edited = draft.store().edited(owner(), _DRAFTS_SHOWN)
    if not edited:
        st.caption(_("None yet. Your changes in Build or Train are saved automatically and listed here."))
    for stored in edited:
        _draw_own_network(stored)


def _draw_own_network(stored: Stored) -> None:
    name, open_button = st.columns([0.7, 0.3], vertical_alignment="center")
    recipe, changed = stored.draft.recipe, stored.stamp[0] / 1e9 if stored.stamp else 0.0
    about = f"{plain(name_of(recipe.data))} · {datetime.fromtimestamp(changed).strftime('%d %b %H:%M')}"
    name.markdown(f"{plain(recipe.network.name, 60)}&ensp;:small[:gray[{about}]]")
    if open_button.button(_("Open"), key=f"open_draft/{stored.draft.id}"):
        draft.open_stored(stored)
        show_run(None)
        go_to(BUILD)


def _draw_recent_runs() -> None:
    """List this browser's last runs, and those started from the command line."""
    runs = RunStore().list(owner())[:_RUNS_SHOWN]
    if not runs:
        st.caption(_("None yet. Pick a network and press Train."))
    for run in runs:
        _draw_run(run)


def _draw_run(run: Run) -> None:
    try:
        status, recording = run.status(), run.recording
        recipe = None if recording else run.recipe
    except (RunDeleted, DocumentError):
        return
    name, result, open_button = st.columns([0.42, 0.38, 0.2], vertical_alignment="center")
    started = datetime.fromtimestamp(status.created_s).strftime("%d %b %H:%M")
    title, data = (recording.name, _("loop of your own")) if recording else \
        (recipe.network.name, name_of(recipe.data))
    name.markdown(f"{plain(title)}&ensp;:small[:gray[{plain(data)} · {started}]]")
    result.markdown(f":small[{_result_text(run, status)}]")
    if open_button.button(_("Open"), key=f"open/{run.id}"):
        show_run(run)
        if recipe:
            draft.open_recipe(recipe)
        go_to(TRAIN if status.is_live or recording else INSPECT)


def _result_text(run: Run, status: Status) -> str:
    if status.is_queued and (place := background.line().place_of(run)):
        return _("waiting, number {number} of {length} in the queue", number=place.number, length=place.length)
    accuracy = status.summary.get("test_accuracy", status.summary.get("val_accuracy"))
    if accuracy is not None:
        return _("{state}, accuracy {accuracy}", state=_(status.state), accuracy=f"{accuracy:.3f}")
    return _(status.state)
