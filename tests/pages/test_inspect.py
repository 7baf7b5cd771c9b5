"""Inspect looks into blocks, and is unchanged where there are none."""

from __future__ import annotations


def inside(at):
    return [box for box in at.selectbox if box.label == "Inside"]


def test_the_inside_of_a_block_is_offered_with_what_each_is(open_app, sound, finished):
    run = finished("nested")
    at = sound(open_app("inspect", run.recipe, run=run.id))
    (choice,) = inside(at)
    assert choice.options == ["the whole network", "body1 · body", "body1.r0 · body", "body1.r1 · body",
                              "residual1 · Residual (basic)", "head1 · head"]
    assert choice.value == ""
    assert any("No convolution and no linear layer stands here" in info.value for info in at.info)


def test_each_block_can_be_looked_into(open_app, sound, finished):
    run = finished("nested")
    at = sound(open_app("inspect", run.recipe, run=run.id))
    for address in ("residual1", "body1", "body1.r1", "head1"):
        at = sound(inside(at)[0].set_value(address).run())
        has_weights = address != "body1"  # its copies have them
        assert bool(at.info) != has_weights
        assert not at.error


def test_a_network_without_blocks_has_nothing_to_choose(open_app, sound, finished):
    run = finished("digits")
    assert inside(sound(open_app("inspect", run.recipe, run=run.id))) == []
