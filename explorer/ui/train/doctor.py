"""Train's last section: the doctor's findings in a run, and the twins that try its suggestions."""

from __future__ import annotations

import streamlit as st

from explorer.doctor import Cure, Finding, Verdict, diagnose, judge_twin, title_of
from explorer.document import DocumentError
from explorer.text import text
from explorer.training import Run, RunDeleted, RunStore, UnknownRun
from explorer.training.records.metrics import DamagedMetrics, last_step
from explorer.training.runs import store
from explorer.training.runs.origin import Origin, create_twin, origin_of, twins_of
from explorer.ui.app import background
from explorer.ui.glossary import hover
from explorer.ui.language import _, plain
from explorer.ui.session import draft, state
from explorer.ui.session.memo import recall, renew
from explorer.ui.session.notices import attempt, draw_problem, failed, guarded
from explorer.ui.session.person import owner
from explorer.ui.session.run import show_run
from explorer.ui.train.queue import place_words
from explorer.ui.train.run_controls import is_live
from explorer.ui.widgets.figure import draw_figure

_REFRESH_S = 1.0
_PROOF_PX = 250
_UNREADABLE = (RunDeleted, DamagedMetrics, DocumentError)
_SIGNS = {"severe": ":red[:material/error:]", "watch": ":orange[:material/visibility:]",
          "ok": ":green[:material/check_circle:]"}
_VERDICT_SIGNS = {"helped": ":green[:material/thumb_up:]", "same": ":gray[:material/drag_handle:]",
                  "worse": ":red[:material/thumb_down:]"}
Twins = list[tuple[Run, Origin]]


def draw_doctor(run: Run) -> None:
    """Draw what is wrong with the run, automatically once it has ended, on request while it trains; and its twins."""
    twins = twins_of(RunStore(), run, owner())
    waits = any(is_live(twin) for twin, _origin in twins)
    st.fragment(_draw_section, run_every=_REFRESH_S if waits else None)(run, waits)


def _draw_section(run: Run, waited: bool) -> None:
    twins = twins_of(RunStore(), run, owner())
    if waited and not any(is_live(twin) for twin, _origin in twins):
        st.rerun()  # there is nothing to wait for any more
    st.markdown(f"#### {_('Doctor')}", help=hover("doctor"))
    _draw_origin(run)
    try:
        with guarded(text("The doctor's findings"), _UNREADABLE):
            for finding in _findings(run):
                _draw_finding(run, finding, [pair for pair in twins if pair[1].rule == finding.rule])
    except _UNREADABLE:
        draw_problem(_("This run's files can no longer be read, so the doctor cannot examine it."))


def _findings(run: Run) -> list[Finding]:
    """Return the findings of the last examination. A run that has ended is examined automatically."""
    examined, now, live = recall(state.DIAGNOSIS, run.id), last_step(run.metrics_path), is_live(run)
    if live:
        wanted = st.button(_("Examine"), key="examine", icon=":material/stethoscope:",
                           help=_("Checks the curves, and the activations and gradients of every layer as it is now."))
    else:
        wanted = examined is None or examined[0] != now
    if wanted:
        with st.spinner(_("The doctor examines the run …")):
            examined = renew(state.DIAGNOSIS, run.id, lambda: (now, diagnose(run)))
    step, findings = examined or (0, [])
    if live and examined:
        st.caption(_("As of step {step}.", step=f"{step:,}"))
    return findings


def _draw_finding(run: Run, finding: Finding, twins: Twins) -> None:
    """Draw a box: the sentence, the plot that proves it, and what to try."""
    with st.container(border=True):
        st.markdown(f"{_SIGNS[finding.severity]} **{_(title_of(finding.rule))}**  \n{plain(_(finding.sentence), 900)}")
        proof, ladder = st.columns([0.54, 0.46], gap="medium") if finding.cures else (st.container(), None)
        if finding.proof is not None:
            with proof:
                _draw_proof(finding)
        if ladder:
            with ladder:
                _draw_cures(run, finding, twins)


def _draw_proof(finding: Finding) -> None:
    draw_figure(finding.proof, f"doctor/{finding.rule}", height=_PROOF_PX, tools=False)


def _draw_cures(run: Run, finding: Finding, twins: Twins) -> None:
    """Draw one row per change: the button that starts its twin, or the twin's state."""
    is_ladder = any(cure.on_top_of for cure in finding.cures)
    st.markdown(f"**{_('What to try')}**", help=_(
        "A twin is a second run of the same recipe with just this change, so that you can see its effect."))
    if is_ladder:
        st.caption(_("A ladder: each step keeps the changes before it and adds one more."))
    for cure in finding.cures:
        _draw_cure(run, finding, cure)
        for twin, origin in twins:
            if origin.cure == cure.name:
                _draw_twin(run, twin, origin)


def _draw_cure(run: Run, finding: Finding, cure: Cure) -> None:
    change = f"{'… + ' if cure.on_top_of else ''}{_(cure.title)}"
    if st.button(_("Start the twin: {change}", change=change), key=f"twin/{finding.rule}/{cure.name}",
                 icon=":material/play_arrow:", help=_(cure.why)):
        _start_twin(run, finding, cure)


def _start_twin(run: Run, finding: Finding, cure: Cure) -> None:
    """Make the twin and hand it to a worker; this page stays with its parent."""
    try:
        origin = Origin(run.id, cure.changes, rule=finding.rule, cure=cure.name)
        twin = create_twin(RunStore(), cure.change(run.recipe), origin, owner())
        background.launcher().start(twin)
    except OSError as error:
        failed(text("The twin could not be started"), error)
    st.rerun()  # the whole page: it has a twin to wait for now


def _draw_twin(run: Run, twin: Run, origin: Origin) -> None:
    """Draw a twin's state and outcome, and a link to it."""
    try:
        status = twin.status()
        if status.is_live:
            how = place_words(twin) if status.is_queued else f"{_(status.state)} · {_step_words(twin)}"
            words = f":green[:material/hourglass_top:] {how}"
        elif status.state in (store.FINISHED, store.STOPPED, store.DIVERGED):
            verdict = _verdict(run, twin, origin)
            words = f"{_VERDICT_SIGNS[verdict.kind]} {plain(_(verdict.sentence), 400)}"
        else:
            words = f":orange[:material/warning:] {_(status.state)}"
    except _UNREADABLE:
        return
    row, button = st.columns([0.78, 0.22], vertical_alignment="center")
    row.markdown(f":small[{words}]")
    if button.button(_("Open"), key=f"open/{twin.id}", help=_("Shows the twin, with its recipe on the left.")):
        _open(twin)


def _step_words(twin: Run) -> str:
    return _("step {step}", step=f"{last_step(twin.metrics_path):,}")


def _verdict(run: Run, twin: Run, origin: Origin) -> Verdict:
    """Compute the outcome once per session. Raises what reading a run raises."""
    verdicts = state.VERDICTS.value
    key = run.id, twin.id, last_step(twin.metrics_path)
    if key not in verdicts:
        verdicts[key] = judge_twin(run, twin, origin.rule)
    return verdicts[key]


def _draw_origin(run: Run) -> None:
    """Draw, for a twin, what was changed, its outcome, and the way back."""
    origin = origin_of(run)
    if origin is None or not origin.rule:
        return
    try:
        parent = RunStore().open(origin.parent)
        verdict = None if run.status().is_live else _verdict(parent, run, origin)
    except (UnknownRun, *_UNREADABLE):
        st.caption(_("A twin of a run that no longer exists."))
        return
    changes = " + ".join(plain(_(change), 80) for change in origin.changes)
    words = _("This is a twin. Changed from its parent: {changes}.", changes=changes)
    became = f"  \n{_VERDICT_SIGNS[verdict.kind]} {plain(_(verdict.sentence), 400)}" if verdict else ""
    row, button = st.columns([0.78, 0.22], vertical_alignment="center")
    row.markdown(f":material/call_split: {words}{became}")
    if button.button(_("Back to its parent"), key="back_to_parent"):
        _open(parent)


def _open(run: Run) -> None:
    """Show a run, and its recipe in the form."""
    if attempt(lambda: draft.open_recipe(run.recipe)):
        show_run(run)
    st.rerun()
