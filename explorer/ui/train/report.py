"""Train's section on a run's mistakes: confused classes, calibration, and its worst samples."""

from __future__ import annotations

import streamlit as st

from explorer import charts, network
from explorer.charts import mistakes as plots
from explorer.document import DocumentError
from explorer.formatting import format_percent
from explorer.recipe import Recipe
from explorer.results import Mistakes, Report, as_picture
from explorer.text import Text, text
from explorer.training import Run, RunDeleted
from explorer.training.analysis.report import can_report, report_of
from explorer.training.records.checkpoints import DamagedFrame, frame_steps
from explorer.training.runs import store
from explorer.ui.glossary import hover
from explorer.ui.language import _, plain
from explorer.ui.session import state
from explorer.ui.session.memo import recall, renew
from explorer.ui.session.notices import guarded
from explorer.ui.train.run_controls import is_live
from explorer.ui.widgets.figure import draw_figure
from explorer.ui.widgets.picture import draw_image
from explorer.ui.widgets.samples import NO_SAMPLES

_CHART_PX = 380
_PER_ROW = 6
_TEST = "test"
QUICK_MULTIPLY_ADDS = 50_000_000  # a sample; VGG-11 has 40 million: ten thousand samples take one core 15 s
_PARTS = {"train": "Training set", "validation": "Validation set", "test": "Test set"}
_TERMS = {"train": "training_split", "validation": "validation", "test": "test"}


def draw_report(run: Run) -> None:
    """Draw the report: automatically once the run has ended, unless that takes long; on request while it trains."""
    try:
        recipe, status = run.recipe, run.status()
    except (RunDeleted, DocumentError):
        return  # the panel above says so
    if can_report(recipe):
        st.fragment(_draw_section)(run, recipe, is_finished=status.state == store.FINISHED)


def _draw_section(run: Run, recipe: Recipe, is_finished: bool) -> None:
    st.markdown(f"#### {_('Right and wrong predictions')}", help=hover("confusion_matrix"))
    part = _draw_part_choice(run, recipe, is_finished)
    with guarded(text("The report")):
        found = _wanted(run, recipe, part)
        if isinstance(found, Text):
            st.info(_(found))
        elif found is not None:
            _draw_found(found)


def _draw_part_choice(run: Run, recipe: Recipe, is_finished: bool) -> str:
    """Draw the choice of part: the held-out one, or, once finished, the test part, which is used only then."""
    held_out = "validation" if recipe.holds_out else "train"
    if not is_finished:
        return held_out
    return st.radio(_("Samples"), [held_out, _TEST], key=f"report_part/{run.id}", horizontal=True,
                    format_func=lambda part: _(_PARTS[part]), label_visibility="collapsed")


def _wanted(run: Run, recipe: Recipe, part: str) -> Report | Text | None:
    """Make the report, or the reason why there is none; None where nobody asked for one yet."""
    if not is_live(run) and _is_quick(recipe):
        return _look(run, part)
    if st.button(_("Evaluate"), key="look_at_report", icon=":material/fact_check:",
                 help=_("Runs every sample of the part through the network as it is now, and counts the mistakes.")):
        return renew(state.REPORT, (run.id, part), lambda: _look(run, part))
    return recall(state.REPORT, (run.id, part))


def _is_quick(recipe: Recipe) -> bool:
    return network.analyze(recipe.network).total_multiply_adds <= QUICK_MULTIPLY_ADDS


def _look(run: Run, part: str) -> Report | Text:
    """Evaluate the last kept weights, or find why there is no report."""
    steps = frame_steps(run.frames_folder)
    if not steps:
        return text("No checkpoint has been saved yet.")
    try:
        with st.spinner(_("Counting its mistakes …"), show_time=True):
            found = report_of(run, steps[-1], part)
    except NO_SAMPLES as error:
        return error.sentence
    except (DamagedFrame, DocumentError):
        return text("The run's last checkpoint cannot be read.")
    return found or text("There is nothing to count: the part is empty, or the network's outputs are not finite.")


def _draw_found(report: Report) -> None:
    """Draw which classes are confused and which are hard; its calibration, and where it was most confidently wrong."""
    st.caption(_("{part}, {count} samples, with the weights of step {step}.", part=_(_PARTS[report.part]),
                 count=f"{report.confusion.sum():,}", step=f"{report.step:,}"), help=hover(_TERMS[report.part]))
    (left, right), (below_left, below_right) = st.columns(2, gap="medium"), st.columns(2, gap="medium")
    with left:
        draw_figure(charts.confusion(report), "confusion", "confusion_matrix", _CHART_PX)
        _draw_sentence(plots.confusion_sentence(report))
    with right:
        draw_figure(charts.class_accuracy(report), "classes", "class_accuracy", _CHART_PX)
        _draw_sentence(plots.class_sentence(report))
    with below_left:
        draw_figure(charts.calibration(report), "calibration", "calibration", _CHART_PX)
        _draw_sentence(plots.calibration_sentence(report.calibration))
    with below_right:
        _draw_mistakes(report.mistakes, report.class_names)


def _draw_sentence(sentence: Text) -> None:
    st.markdown(plain(_(sentence), 400))


def _draw_mistakes(mistakes: Mistakes, names: tuple[str, ...]) -> None:
    """Draw the most confident mistakes, the worst first: predicted class, true class and probability."""
    st.markdown(f"**{_('Most wrong')}**", help=hover("class_probability"))
    for start in range(0, len(mistakes.index), _PER_ROW):
        for column, place in zip(st.columns(_PER_ROW), range(start, len(mistakes.index))[:_PER_ROW], strict=False):
            with column:
                _draw_mistake(mistakes, place, names)
    _draw_sentence(plots.mistakes_sentence(mistakes))


def _draw_mistake(mistakes: Mistakes, place: int, names: tuple[str, ...]) -> None:
    sample = mistakes.inputs[place]
    if sample.ndim == 3 and len(sample) in (1, 3):
        draw_image(as_picture(sample))
    else:
        st.markdown(f":gray[{_('sample {index}', index=f'{mistakes.index[place]:,}')}]")
    predicted, truth = (plain(names[classes[place]]) for classes in (mistakes.predicted, mistakes.target))
    st.markdown(":small[" + _("**{predicted}**, is {truth}, {share}", predicted=predicted, truth=truth,
                              share=format_percent(mistakes.probability[place])) + "]")
