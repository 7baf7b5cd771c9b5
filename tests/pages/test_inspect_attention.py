"""Measures of heads on Inspect: beside the view of attention, following the look, slow ones when they are asked for."""

from __future__ import annotations

from inspector_parts import inspector_parts, look_at

from explorer.probes import PROBES
from explorer.probes.probe import ATTENTION, ON_REQUEST


def titles(at) -> list[str]:
    return [markdown.value.strip("*") for markdown in at.markdown]


def test_a_transformer_has_every_measure_that_does_not_need_windows(look):
    at, _run = look("patches", tab="Attention")
    shown = titles(at)
    for probe in (probe for probe in PROBES if probe.place == ATTENTION and probe.name != "attention"):
        assert (probe.title in shown) == (probe.name != "attention_cost")
    waiting = {button.key for button in at.button if button.key and button.key.startswith("compute/")}
    assert waiting == {f"compute/{probe.name}" for probe in PROBES if probe.place == ATTENTION
                       and probe.cost == ON_REQUEST}
    assert not at.error


def test_a_network_without_attention_has_one_sentence_and_nothing_else(look):
    at, _run = look("digits", tab="Attention")
    assert len([info for info in at.info if "no attention" in info.value]) == 1
    assert not at.get("plotly_chart") and not [button for button in at.button if (button.key or "").startswith("comp")]


def test_the_class_that_is_chosen_is_the_one_whose_logit_is_split(look, sound):
    at, _run = look("patches", tab="Attention")
    assert "of/differentiated" in inspector_parts(at)
    at = sound(look_at(at, of="7"))
    assert any(title.startswith("Added to the logit of 7") for title in titles(at))


def test_ablation_is_computed_beside_the_page_and_kept_for_another_input(look, sound):
    at, _run = look("patches", tab="Attention")
    before = len(at.get("plotly_chart"))
    at = sound(next(button for button in at.button if button.key == "compute/head_ablation").click().run())
    for request in at.session_state["probe_requests"].values():  # none once it has ended
        request.wait()
    at = sound(at.run())
    assert len(at.get("plotly_chart")) == before + 1
    at = sound(look_at(at, input={"sample": 3, "hash": None, "tokens": None, "edited": None, "name": ""}))
    assert len(at.get("plotly_chart")) == before + 1
