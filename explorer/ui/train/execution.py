"""Train's lines on how a run is computed, for whoever wonders about its speed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import streamlit as st

from explorer.recipe import Recipe
from explorer.text import Text
from explorer.training import Run
from explorer.training.records.metrics import DamagedMetrics, read_facts
from explorer.ui.language import _, plain

_DEVICES = {"cpu": "CPU", "cuda": "NVIDIA GPU", "mps": "Apple GPU"}


def draw_execution(run: Run) -> None:
    """Draw the device, how steps are executed and why, and what may differ from run to run; nothing before a start."""
    try:
        facts = read_facts(run.metrics_path)
    except DamagedMetrics:
        return  # the panel above says so
    if "device" in facts:
        with st.expander(_("How it is computed"), key="execution"):
            st.markdown("\n".join(f"- {line}" for line in _lines(run.recipe, facts)))


def _lines(recipe: Recipe, facts: dict[str, Any]) -> Iterator[str]:
    device = str(facts["device"]).partition(":")[0]
    yield _("Device: {device}, PyTorch {version}", device=_DEVICES.get(device, device), version=facts.get("torch", "?"))
    if device == "cpu" and facts.get("threads"):
        yield _("Threads: {count}", count=facts["threads"])
    with suppress(ValueError, TypeError, KeyError, IndexError, AttributeError):  # runs of earlier versions have none
        yield plain(_(Text.from_dict(facts["execution"])), limit=1000)
    yield (_("Deterministic kernels: the same recipe gives the same numbers again on this machine.")
           if recipe.deterministic else
           _("The fastest kernels: the same recipe may give slightly different numbers the next time."))
