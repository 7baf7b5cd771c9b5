"""Probes on the page: each with its title, form, results and source, all of it from its record."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer import network, probes
from explorer.inspection import Outcome, explain_failure
from explorer.probes import FOLLOWED, LIVE, ON_REQUEST, PLACES, ProbeSpec, Subject
from explorer.probes.attribution_target import LOSS as LOSS_TARGET
from explorer.probes.chosen_output import OutputParam
from explorer.probes.differentiated import DIFFERENTIATED
from explorer.probes.probe_params import NodeParam, UnitParam
from explorer.recipe import Recipe
from explorer.results import ChangedInputs
from explorer.spec import BadValue, ParamSpec
from explorer.text import text
from explorer.ui.glossary import hover
from explorer.ui.inspect import outcome
from explorer.ui.inspect.followed import CHOICES, draw_followed
from explorer.ui.inspect.look import telling_node
from explorer.ui.inspect.look_address import PARAMETER
from explorer.ui.inspect.look_at import draw_changed_inputs
from explorer.ui.language import _, plain
from explorer.ui.session import state
from explorer.ui.session.fields import fill, typed
from explorer.ui.session.notices import draw_problem, guarded
from explorer.ui.session.request import Request
from explorer.ui.session.state import Slot, pending
from explorer.ui.session.uninterrupted import uninterrupted
from explorer.ui.widgets.components.inspector import draw_part
from explorer.ui.widgets.forms import draw_param
from explorer.ui.widgets.result import draw_results

_REFRESH_S = 0.3
_CHOICE_PX = 36


def draw_place(place: str, subject: Subject) -> None:
    """Draw every probe of a place that does not refuse.

    Where all refuse, the first one's sentence is shown. A probe that fails leaves one sentence at its own place.
    """
    here = [probe for probe in probes.PROBES if probe.place == place]
    analysis, refusals = network.analyze(subject.recipe.network), []
    arranged = _arrange(place, here, subject)
    for probe, spot in arranged:
        with spot, guarded(text("{title}", title=probe.title)):
            if refusal := probe.refuses(subject.recipe, analysis):
                refusals.append(refusal)
            else:
                _draw_probe(probe, subject)
    if refusals and len(refusals) == len(arranged):
        st.info(_(refusals[0]))


def _arrange(place: str, here: list[ProbeSpec], subject: Subject) -> list[tuple[ProbeSpec, DeltaGenerator]]:
    """Return the probes that a tab shows, and where: of those shown alone only the chosen one, below the others."""
    views = [probe for probe in here if probe.is_chosen and not _is_refused(probe, subject)]
    always = [probe for probe in here if not probe.is_chosen]
    if not views:
        return list(zip(always, _spots(place, always), strict=True))
    choices = [probe for probe in always if probe.returns[0] in CHOICES]
    above = [probe for probe in always if probe not in choices]
    spots = [st.container() for _probe in above[:1]]
    if len(above) > 1:  # what follows the first is compared with each other
        spots += st.columns(len(above) - 1, gap="medium")
    left, right = st.columns([0.42, 0.58], vertical_alignment="center") if choices else (st.container(), None)
    with left:
        chosen = _choose(place, views)
    return [*zip(above, spots, strict=True), *((probe, right) for probe in choices), (chosen, st.container())]


def _is_refused(probe: ProbeSpec, subject: Subject) -> bool:
    """Check whether a probe does not fit; one that fails is shown, for the sentence at its place."""
    try:
        return probe.refuses(subject.recipe, network.analyze(subject.recipe.network)) is not None
    except Exception:
        return False


def _choose(place: str, views: list[ProbeSpec]) -> ProbeSpec:
    """Choose one of a tab's tall views; at first, of an address that names a weight, one that can look at it."""
    field, names = f"view/{place}", [probe.name for probe in views]
    if typed(field) not in names:  # another network has other views
        of_weight = [probe.name for probe in views if any(spec.name == PARAMETER for spec in probe.params)]
        fill(field, next(iter(of_weight if st.query_params.get(PARAMETER) else ()), names[0]))
    chosen = st.segmented_control(_("View"), names, required=True, key=field, label_visibility="collapsed",
                                  format_func=lambda name: _(probes.PROBES.get(name).title))
    return next(probe for probe in views if probe.name == chosen)


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


def _draw_probe(probe: ProbeSpec, subject: Subject) -> None:
    with st.container(key=f"probe-{probe.name}"):
        with guarded(text("{title}", title=probe.title)):
            if probe.cost == FOLLOWED:
                draw_followed(probe, subject)
                return
            found = _find(probe, subject, _draw_heading(probe, subject))
            if found is not None:
                _draw_outcome(probe, subject, found)
        st.caption(f":small[{_(probe.summary)} {_('Source: {source}.', source=plain(probe.source, 200))}]")


def _find(probe: ProbeSpec, subject: Subject, options: dict[str, Any] | Outcome) -> Outcome | None:
    """Return the outcome with these options, None while it waits for its button."""
    if isinstance(options, Outcome):
        return options
    if probe.cost != ON_REQUEST or probe.is_quick(subject, options):
        return outcome.outcome_of(probe, subject, options)
    found = outcome.known_outcome(probe, subject, options)
    if found is None:
        _draw_request(probe, subject, options)
    return found


def _draw_outcome(probe: ProbeSpec, subject: Subject, found: Outcome) -> None:
    if found.sentence is not None:
        (draw_problem if found.is_problem else st.info)(_(found.sentence))
    else:
        draw_results(found.results, f"probe/{probe.name}/{subject.inside}",
                     {ChangedInputs: partial(draw_changed_inputs, subject)})


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
    for spec in probe.params:
        if isinstance(spec, OutputParam):
            draw_part("of", f"of/{probe.name}", probe=DIFFERENTIATED.name, height_px=_CHOICE_PX, title=_(spec.title),
                      predicted=_(spec.predicted))
    with form.container(horizontal=True) if offered else form:
        return failed or looked_at | {spec.name: _draw_field(probe, spec, subject.recipe) for spec in offered}


def _looked_at(probe: ProbeSpec, subject: Subject) -> dict[str, Any]:
    """Return the options of a probe that are not asked for in a form: the unit and the class that the page looks at."""
    look, kinds = state.LOOK.value or {}, {type(spec) for spec in probe.params}
    known: dict[type, Any] = {}
    if UnitParam in kinds:
        known |= {NodeParam: look.get("node") or telling_node(subject.recipe.network),
                  UnitParam: tuple(look.get("unit") or ()) or None}
    of = look.get("of") or ""
    return {spec.name: _output_for(spec, of) if isinstance(spec, OutputParam) else known[type(spec)]
            for spec in probe.params if isinstance(spec, OutputParam) or type(spec) in known}


def _output_for(spec: OutputParam, of: str) -> str:
    """Return the output that the page looks at; where the loss cannot be one, what the probe takes by itself."""
    return "" if of == LOSS_TARGET and not spec.has_loss else of


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
