"""An input that a probe changed becomes the page's own by a click."""

from __future__ import annotations

import torch

from explorer.probes import ANSWER
from explorer.results import ChangedInputs
from explorer.text import text
from tests.pages.trial import other_sample, throw_away


def look_buttons(at):
    return [button for button in at.button if str(button.key).startswith("look_at/")]


def test_a_click_on_a_changed_input_makes_it_the_input_of_all_views_with_the_target_it_had(look, sound, with_probe):
    seen = []

    def compute(subject):
        seen.append(subject)
        return ChangedInputs("Look at it", (text("halved"), text("inverted")),
                             torch.cat([subject.batch / 2, 1 - subject.batch]).numpy())

    with_probe(throw_away(compute, (ChangedInputs,), ANSWER))
    at, _run = look()
    before = seen[-1]
    assert [button.label for button in look_buttons(at)] == ["halved", "inverted"]
    at = sound(look_buttons(at)[1].click().run())
    after = seen[-1]
    assert torch.equal(after.batch, 1 - before.batch) and torch.equal(after.target, before.target)
    looked = at.session_state["look"]["input"]
    assert (looked["sample"], looked["edited"], looked["name"]) == (None, 0, "inverted")
    sound(look_buttons(at)[0].click().run())
    assert torch.equal(seen[-1].batch, (1 - before.batch) / 2) and torch.equal(seen[-1].target, before.target)
    at = sound(other_sample(at, 0))
    assert at.session_state["look"]["input"]["sample"] == 0
