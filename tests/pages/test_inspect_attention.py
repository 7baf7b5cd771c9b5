"""Measures of heads on Inspect: beside the view of attention, following the look, slow ones when they are asked for."""

from __future__ import annotations

from inspector_parts import inspector_parts, look_at

from explorer.probes import PROBES
from explorer.probes.probe import ATTENTION


def titles(at) -> list[str]:
    return [markdown.value.strip("*") for markdown in at.markdown]


def view(at, name: str):
    """Choose one of the views that are shown alone."""
    (choice,) = [group for group in at.button_group if (group.key or "").startswith("view/attention")]
    return choice.set_value(name).run()


def test_a_transformer_has_flow_and_ablation_and_one_of_the_other_measures(look, sound):
    at, _run = look("patches", tab="Attention")
    assert {"Attention flow", "Without one head", "Logit lens"} <= set(titles(at)) and "Positions" not in titles(at)
    for probe in (probe for probe in PROBES if probe.place == ATTENTION and probe.is_chosen):
        if probe.name != "attention_cost":  # which needs windows
            at = sound(view(at, probe.name))
            assert probe.title in titles(at)
    waiting = {button.key for button in at.button if button.key and button.key.startswith("compute/")}
    assert waiting == {"compute/head_ablation"}


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


def test_an_output_in_the_address_that_is_not_there_gives_way_to_the_loss_with_one_notice(look, sound):
    at, _run = look("patches", tab="Attention")
    at = sound(look_at(at, of="99"))
    assert at.session_state["look"]["of"] == ""
    assert [each.value for each in at.toast if "99" in each.value] or [
        each.value for each in (*at.info, *at.warning, *at.error) if "99" in each.value]
    assert any(title.startswith("Added to the logit of") for title in titles(at))
