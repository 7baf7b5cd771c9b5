"""Clicks as the browser sends them: handled once each, in order, whatever arrives twice, late or not at all."""

from __future__ import annotations

import pytest

from explorer.ui.widgets.components.clicks import read_clicks


def sent(*clicks: tuple[int, str], instance: str = "a") -> dict:
    return {"instance": instance,
            "clicks": [{"number": n, "button": b, "about": "run", "typed": ""} for n, b in clicks]}


def buttons(message, handled: dict[str, int]) -> list[str]:
    return [click.button for click in read_clicks(message, handled)]


def test_each_click_is_handled_once_and_in_order_though_every_message_repeats_what_waits():
    handled: dict[str, int] = {}
    assert buttons(sent((1, "pause")), handled) == ["pause"]
    assert buttons(sent((1, "pause"), (2, "one_batch"), (3, "one_batch")), handled) == ["one_batch", "one_batch"]
    assert buttons(sent((1, "pause"), (2, "one_batch")), handled) == []  # an earlier one that came late
    assert handled == {"a": 3}


def test_a_message_that_never_arrived_is_made_up_for_by_the_next():
    handled = {"a": 1}
    assert buttons(sent((2, "set_learning_rate"), (3, "one_batch")), handled) == ["set_learning_rate", "one_batch"]


def test_a_page_that_was_loaded_again_counts_anew():
    handled = {"a": 7}
    assert buttons(sent((1, "stop"), instance="b"), handled) == ["stop"]
    for i in range(20):
        buttons(sent((1, "stop"), instance=f"{i}"), handled)
    assert list(handled)[-1] == "19"
    assert len(handled) == 8


def test_a_click_that_could_not_be_finished_does_not_hold_up_those_after_it():
    handled: dict[str, int] = {}
    with pytest.raises(RuntimeError):
        for _click in read_clicks(sent((1, "pause"), (2, "stop")), handled):
            raise RuntimeError
    assert buttons(sent((1, "pause"), (2, "stop")), handled) == ["stop"]


@pytest.mark.parametrize("message", [
    None, 3, [], {}, {"instance": "a"}, {"instance": 1, "clicks": []}, {"instance": "a" * 65, "clicks": [{}]},
    {"instance": "a", "clicks": {}}, sent(("1", "stop")), sent((True, "stop")), sent((1, None)), sent((0, "stop")),
    {"instance": "a", "clicks": [None, 1, [], {"number": 1}, {"number": 1, "button": "stop", "about": "run"}]},
])
def test_what_has_another_form_is_dropped(message):
    assert buttons(message, {}) == []
