"""Texts of the live charts in the session's language; the browser fills in the braces."""

from __future__ import annotations

from explorer.training.runs.missing import DELETED
from explorer.ui.language import _


def live_words() -> dict[str, str]:
    return {**_charts(), **_state(), **_descriptions(), **_view()}


def _charts() -> dict[str, str]:
    return {
        "waiting": _("Waiting for the first step"),
        "epoch": _("epoch"),
        "step": _("step"),
        "epochs": _("epochs"),
        "steps": _("steps"),
        "x_axis": _("Horizontal axis"),
        "log": _("{axis}, log scale"),
        "this_step": _("this step"),
        "rate": _("learning rate"),
        "rate_title": _("Learning rate"),
        "rate_drawn": _("strong: so far · pale: to come"),
        "layer": _("layer"),
        "gradient_norm": _("gradient norm"),
        "strip_title": _("Gradient norm of each layer"),
        "strip_drawn": _("color: norm of the gradient at a step, log scale"),
        "title_loss": _("Loss"),
        "title_accuracy": _("Accuracy"),
        "table": _("Table"),
        "png": _("Save as PNG"),
        "page": _("page {page} of {pages}"),
        "previous": _("Previous"),
        "next": _("Next"),
        "close": _("Close"),
    }


def _state() -> dict[str, str]:
    return {
        "fact_epoch": _("epoch {epoch} of {epochs}"),
        "fact_step": _("step {step} of {total}"),
        "fact_steps": _("step {step}"),
        "fact_rate": _("learning rate {rate}"),
        "fact_samples": _("{count} samples/s"),
        "fact_speed": _("{count} steps/s"),
        "fact_memory": _("{memory} of memory"),
        "fact_left": _("{time} left"),
        "progress": _("Progress of training"),
        "gone": _(DELETED),
        "refused": _("This is not the address of a run."),
        "outdated": _("Layerscope was updated. Reload this page."),
        "reconnecting": _("Reconnecting …"),
    }


def _descriptions() -> dict[str, str]:
    return {
        "curve_point": _("{name}: {quantity} is {end} at step {step}."),
        "curve_same": _("{name}: {quantity} starts and ends at {end}, at step {step}."),
        "curve_falls": _("{name}: {quantity} falls from {start} to {end} by step {step}."),
        "curve_rises": _("{name}: {quantity} rises from {start} to {end} by step {step}."),
        "rate_goes": _("Learning rate: it starts at {start}, is {now} at step {step} and ends at {end}."),
        "strip_goes": _("Gradient norm of {count} layers at step {step}: lowest in {low_layer}, {low}; highest in "
                        "{high_layer}, {high}."),
        "strip_broken": _("Gradient norm at step {step}: no layer has a finite one."),
    }


def _view() -> dict[str, str]:
    return {
        "view_title": _("Predictions so far"),
        "at_step": _("at step {step}"),
        "is": _("is {name}"),
        "class_number": _("class {index}"),
        "predictions": _("{title}: {right} of {count} samples are predicted correctly."),
        "field": _("{title}: of {count} classes, {name} takes the largest part of the plane, {share}; "
                   "{samples} samples."),
        "fitted": _("{title}: the line goes from {start} at {axis} {low} to {end} at {axis} {high}."),
        "predicted": _("predicted"),
        "probability": _("probability"),
        "pick": _("Show the network's maps for this sample"),
        "truth": _("true class"),
        "held_out": _("held out"),
        "samples": _("samples"),
    }
