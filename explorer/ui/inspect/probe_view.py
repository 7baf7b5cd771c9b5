"""Probes on the page: each with its title, form, results and source, all of it from its record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer import network, probes
from explorer.figures import heatmap_of_map
from explorer.formatting import format_number, format_shape
from explorer.inspection import Outcome, explain_failure
from explorer.network.titles import block_title
from explorer.probes import FOLLOWED, LIVE, ON_REQUEST, PLACES, ProbeSpec, Subject
from explorer.probes.chosen_output import OutputParam
from explorer.probes.probe import GRADIENTS
from explorer.probes.probe_params import NodeParam, UnitParam
from explorer.recipe import Recipe
from explorer.results import ImageGrid
from explorer.spec import BadValue, ParamSpec
from explorer.text import text
from explorer.ui.glossary import hover
from explorer.ui.inspect import outcome
from explorer.ui.inspect.followed import CHOICES, draw_followed
from explorer.ui.inspect.look import telling_node
from explorer.ui.language import _, plain
from explorer.ui.session import state
from explorer.ui.session.notices import draw_problem, guarded
from explorer.ui.session.request import Request
from explorer.ui.session.state import Slot, pending
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.widgets.figure import draw_figure
from explorer.ui.widgets.forms import draw_param
from explorer.ui.widgets.result import PickedMap, draw_results

_REFRESH_S = 0.3
_ENLARGED_PX = 300
_ONE_AT_A_TIME = (GRADIENTS,)  # tabs that show one of their views at a time


def draw_place(place: str, subject: Subject) -> list[tuple[str, ImageGrid]]:
    """Draw every probe of a place that does not refuse; return the grids of maps shown, with their probe's name.

    Where all refuse, the first one's sentence is shown. A probe that fails leaves one sentence at its own place.
    """
    here = [probe for probe in probes.PROBES if probe.place == place]
    analysis, refusals, shown = network.analyze(subject.recipe.network), [], []
    arrange = _arrange_one_view if place in _ONE_AT_A_TIME else _arrange_all
    for probe, spot in arrange(place, here):
        with spot, guarded(text("{title}", title=probe.title)):
            if refusal := probe.refuses(subject.recipe, analysis):
                refusals.append(refusal)
            else:
                shown += [(probe.name, grid) for grid in _draw_probe(probe, subject)]
    if here and len(refusals) == len(here):
        st.info(_(refusals[0]))
    return shown


def _arrange_one_view(place: str, here: list[ProbeSpec]) -> list[tuple[ProbeSpec, DeltaGenerator]]:
    """Return one of a tab's tall views, the one chosen, with what all of them hang on beside that choice."""
    choices = [probe for probe in here if probe.returns[0] in CHOICES]
    views = [probe for probe in here if probe not in choices]
    left, right = st.columns([0.42, 0.58], vertical_alignment="center")
    with left:
        chosen = st.segmented_control(_("View"), [probe.name for probe in views], default=views[0].name, required=True,
                                      format_func=lambda name: _(probes.PROBES.get(name).title), key=f"view/{place}",
                                      label_visibility="collapsed")
    return [(probe, right) for probe in choices] + [(probe, st.container()) for probe in views if probe.name == chosen]


def _arrange_all(place: str, here: list[ProbeSpec]) -> list[tuple[ProbeSpec, DeltaGenerator]]:
    return list(zip(here, _spots(place, here), strict=True))


def _spots(place: str, here: list[ProbeSpec]) -> list[DeltaGenerator]:
    """Return where each probe is drawn: below the one before; two of a tab that need no button are side by side."""
    at_once = [probe.name for probe in here if probe.cost == LIVE]
    if place not in PLACES or len(at_once) != 2:
        return [st.container() for _probe in here]
    spots, pair = [], []
    for probe in here:
        if probe.name == at_once[0]:
            pair = st.columns(2, gap="large")
        spots.append(pair[at_once.index(probe.name)] if probe.name in at_once else st.container())
    return spots


def _draw_probe(probe: ProbeSpec, subject: Subject) -> list[ImageGrid]:
    shown: list[ImageGrid] = []
    with st.container(key=f"probe-{probe.name}"):
        with guarded(text("{title}", title=probe.title)):
            if probe.cost == FOLLOWED:
                draw_followed(probe, subject)
                return shown
            found = _find(probe, subject, _draw_heading(probe, subject))
            if found is not None:
                _draw_outcome(probe, subject, found)
                shown = [result for result in found.results if isinstance(result, ImageGrid)]
        st.caption(f":small[{_(probe.summary)} {_('Source: {source}.', source=plain(probe.source, 200))}]")
    return shown


def _find(probe: ProbeSpec, subject: Subject, options: dict[str, Any] | Outcome) -> Outcome | None:
    """Return the outcome with these options, None while it waits for its button."""
    if isinstance(options, Outcome):
        return options
    if probe.cost != ON_REQUEST:
        return outcome.outcome_of(probe, subject, options)
    found = outcome.known_outcome(probe, subject, options)
    if found is None:
        _draw_request(probe, subject, options)
    return found


def _draw_outcome(probe: ProbeSpec, subject: Subject, found: Outcome) -> None:
    if found.sentence is not None:
        (draw_problem if found.is_problem else st.info)(_(found.sentence))
        return
    picked = state.ENLARGED.value
    framed = PickedMap(*picked[1:]) if picked and picked[0] == probe.name else None
    pick = draw_results(found.results, f"probe/{probe.name}/{subject.inside}", framed,
                        lambda grid: _subtitle(subject.recipe, grid))
    if pick:
        state.ENLARGED.value = probe.name, pick.grid, pick.place


def _draw_heading(probe: ProbeSpec, subject: Subject) -> dict[str, Any] | Outcome:
    """Draw the title of a probe and its fields; return their values, or why there are none."""
    looked_at = _looked_at(probe, subject)
    try:
        offered = [probes.offer(spec, subject) for spec in probe.params if spec.name not in looked_at]
    except Exception as error:
        offered, failed = [], explain_failure(probe, error)
    else:
        failed = None
    is_short = len(offered) == 1
    title, form = st.columns(2, vertical_alignment="center") if is_short else (st.container(), st.container())
    title.markdown(f"**{_(probe.title)}**", help=hover(probe.term) if probe.term else None)
    with form.container(horizontal=True) if offered else form:
        return failed or looked_at | {spec.name: _draw_field(probe, spec, subject.recipe) for spec in offered}


def _looked_at(probe: ProbeSpec, subject: Subject) -> dict[str, Any]:
    """Return the options of a probe that are not asked for in a form: the unit and the class that the page looks at."""
    look, kinds = state.LOOK.value or {}, {type(spec) for spec in probe.params}
    known: dict[type, Any] = {OutputParam: look.get("of") or ""}
    if UnitParam in kinds:
        known |= {NodeParam: look.get("node") or telling_node(subject.recipe.network),
                  UnitParam: tuple(look.get("unit") or ()) or None}
    return {spec.name: known[type(spec)] for spec in probe.params if type(spec) in known}


def _draw_field(probe: ProbeSpec, spec: ParamSpec, recipe: Recipe) -> Any:
    kept: Slot[Any] = pending(f"probe/{probe.name}/{spec.name}/{recipe.network.digest[:12]}", spec.default)
    try:
        value = spec.parse(kept.value)
    except BadValue:
        draw_problem(text("{title}: there is no {value} here; showing {shown}.", title=spec.title,
                          value=str(kept.value)[:40], shown=str(spec.default) or text("everything")))
        kept.clear()
        value = spec.default

    def keep(chosen: Any) -> None:
        kept.value = chosen
        forget_enlarged()

    draw_param(spec, value, f"probe/{probe.name}/{recipe.network.digest[:12]}", keep)
    return value


def _draw_request(probe: ProbeSpec, subject: Subject, options: dict[str, Any]) -> None:
    """Draw the button that starts a probe; while it runs, its progress and the button that cancels it."""
    request = state.REQUESTS.value.get(outcome.key_of(probe, subject, options))
    if request is not None:
        st.fragment(_draw_progress, run_every=_REFRESH_S)(probe, request)
    elif st.button(_("Compute"), key=f"compute/{probe.name}", icon=":material/play_arrow:", help=_(probe.summary)):
        outcome.request_outcome(probe, subject, options)
        st.rerun(scope="app")


def _draw_progress(probe: ProbeSpec, request: Request) -> None:
    if not request.is_running:
        st.rerun(scope="app")
    st.progress(request.share, _("Computing …"))
    st.button(_("Cancel"), key=f"cancel/{probe.name}", icon=":material/close:", on_click=_cancel, args=(request,))


@uninterrupted
def _cancel(request: Request) -> None:
    request.cancel()


@uninterrupted
def forget_enlarged() -> None:
    """Stop showing a map enlarged."""
    state.ENLARGED.clear()


def draw_enlarged(shown: Sequence[tuple[str, ImageGrid]]) -> None:
    """Draw the map that was clicked, with its numbers, as long as its grid is shown."""
    probe, title, place = state.ENLARGED.value or ("", "", 0)
    grid = next((grid for name, grid in shown if (name, grid.title) == (probe, title)), None)
    if grid is None or place >= len(grid.values):
        if shown:
            st.caption(_("Click a map to see it large, with its numbers."))
        return
    with guarded(text("The enlarged map")):
        if grid.values[place].size == 1:
            st.metric(f"{plain(grid.title)}, {_(grid.axis)} {place}", format_number(float(grid.values[place, 0, 0])))
        else:
            draw_figure(heatmap_of_map(grid, place), "enlarged", height=_ENLARGED_PX, title="inside")


def _subtitle(recipe: Recipe, grid: ImageGrid) -> str:
    """Describe a grid by its shape, and by the kind of block where it is named by its node."""
    shape = grid.values.shape if grid.values.shape[1:] != (1, 1) else grid.values.shape[:1]
    title = _(block_title(recipe.network, grid.title))
    return f"{title} · {format_shape(shape)}" if title else format_shape(shape)
