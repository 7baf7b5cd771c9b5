"""Queue of waiting runs: the place of one, and one's own waiting runs with a button to remove them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.document import DocumentError
from explorer.recipe import SETTINGS
from explorer.text import text
from explorer.training import Run, RunDeleted, RunStore
from explorer.training.work.queue import Place, QueueState, limit_of
from explorer.ui.app import background
from explorer.ui.language import _, plain
from explorer.ui.session.notices import failed, tell
from explorer.ui.session.run import is_mine, owner_only, show_run
from explorer.ui.session.uninterrupted import uninterrupted

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

_REFRESH_S = 2.0
_ROWS_SHOWN, _ROWS_PX = 8, 300
_NAMED = 4  # of the runs before one's own
_DEVICE = next(spec for spec in SETTINGS if spec.name == "device")


def place_words(run: Run) -> str:
    """Describe a waiting run's place and the runs before it; other people's runs are only counted."""
    place = background.line().place_of(run)
    if place is None:
        return _("Starting …")
    return f"{_place(place)} {_before(place)}"


def _place(place: Place) -> str:
    device, limit = _(_DEVICE.title_of(place.device)), limit_of(place.device)
    if limit == 1:
        return _("Number {number} of {length} in the queue for the {device}, which trains one run at a time.",
                 number=place.number, length=place.length, device=device)
    return _("Number {number} of {length} in the queue for the {device}, which trains {limit} runs at a time.",
             number=place.number, length=place.length, device=device, limit=limit)


def _before(place: Place) -> str:
    """List the runs that train and those that wait before it, one's own by name."""
    runs = [*((run, _("training")) for run in place.training), *((run, _("waiting")) for run in place.ahead)]
    own = [f"{name_of(run)} ({what})" for run, what in runs if is_mine(run)]
    others, unnamed = len(runs) - len(own), len(own[_NAMED:])
    parts = [*own[:_NAMED], *([_("{count} more of yours", count=unnamed)] if unnamed else []),
             *([_("{count} from other people", count=others)] if others else [])]
    return _("Ahead of it: {runs}.", runs=", ".join(parts)) if parts else ""


def name_of(run: Run) -> str:
    """Name the run's network, and the fold it holds out where it holds out one."""
    try:
        recipe = run.recipe
    except DocumentError:
        return run.id[:8]
    name = plain(recipe.network.name, 40)
    return name if recipe.folds is None else _("{network}, fold {fold} of {folds}", network=name, fold=recipe.fold,
                                               folds=recipe.folds)


def draw_line(shown: Run | None) -> None:
    """Draw one's own waiting runs in order, whichever run is shown; nothing where none waits."""
    waits = bool(_own_waiting(background.line()))
    st.fragment(_draw_line, run_every=_REFRESH_S if waits else None)(shown, waits)


def _own_waiting(line: QueueState) -> list[Run]:
    return [each.run for each in line.waiting if is_mine(each.run)]


def _draw_line(shown: Run | None, waited: bool) -> None:
    line = background.line()
    runs = _own_waiting(line)
    if waited and not runs:
        st.rerun()  # there is nothing to wait for any more
    if not runs:
        return
    with st.container(border=True, key="line"):
        st.markdown(f"**{_('Your queued runs')}**", help=_(
            "Only a limited number of runs train at once. These start automatically, in this order."))
        rows = st.container(height=_ROWS_PX if len(runs) > _ROWS_SHOWN else "content", border=False, gap=None)
        for run in runs:
            _draw_waiting(rows, run, line.place_of(run), shown is not None and run.id == shown.id)
        if len(runs) > 1:
            st.button(_("Cancel all {count}", count=len(runs)), key="cancel_all", icon=":material/close:",
                      on_click=cancel, args=runs)


def _draw_waiting(rows: DeltaGenerator, run: Run, place: Place | None, is_shown: bool) -> None:
    words, open_button, cancel_button = rows.columns([0.72, 0.14, 0.14], vertical_alignment="center", gap=None)
    number = f"{place.number}." if place else "·"
    name = name_of(run)
    words.markdown(f":small[{number}&ensp;{f'**{name}**' if is_shown else name}]")
    if not is_shown and open_button.button("", key=f"open_waiting/{run.id}", icon=":material/open_in_full:",
                                           help=_("Show this run"), type="tertiary"):
        show_run(run)
        st.rerun()
    cancel_button.button("", key=f"cancel/{run.id}", icon=":material/close:", on_click=cancel, args=(run,),
                         type="tertiary", help=_("Cancel: removes the run from the queue."))


@uninterrupted
@owner_only
def cancel(*runs: Run) -> None:
    """Remove one's own runs from the queue; one whose turn came is reported. The last go first, so that none
    moves up while the others go."""
    queue, started = background.queue(str(RunStore().folder)), 0
    for run in reversed(runs):
        try:
            started += not queue.cancel(run)
        except RunDeleted:
            continue
        except OSError as error:
            failed(text("The run could not be canceled"), error)
            return
    if started:
        tell(text("It has just started to train. Stop it instead."))
