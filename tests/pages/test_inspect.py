"""Inspect shows every probe that fits a run, looks into blocks, and computes nothing twice."""

from __future__ import annotations

from dataclasses import replace

from inspector_parts import inspector_parts, look_at, results
from live_parts import live_parts

from explorer.inspection.prepare import prepare
from explorer.results import Value
from explorer.tasks import TASKS
from explorer.training.analysis.live_view import read_live_view
from explorer.ui.app import inspect_route

MAPS, WEIGHTS = "Feature maps", "Kernels"


def on_tab(at, title):
    at.session_state["places"] = title
    return at.run()


def field(at, label):
    return next(field for field in at.number_input if field.label == label)


def test_the_inside_of_a_block_is_offered_with_what_each_is(open_app, sound, finished):
    run = finished("nested")
    at = on_tab(sound(open_app("inspect", run.recipe, run=run.id)), MAPS)
    assert inspector_parts(at)["inside"]["options"]["blocks"] == [
        ["body1", "body"], ["body1.r0", "body"], ["body1.r1", "body"], ["residual1", "Residual (basic)"],
        ["head1", "head"]]


def test_kernels_of_all_nodes_are_offered_also_inside_blocks_and_others_show_those_before_them(
        open_app, sound, finished):
    run = finished("nested")
    at = on_tab(sound(open_app("inspect", run.recipe, run=run.id)), WEIGHTS)
    options = inspector_parts(at)["kernels/kernels"]["options"]
    addresses = [node["address"] for node in options["nodes"]]
    assert {"body1.r0.conv1", "residual1.conv1", "head1.linear1"} <= set(addresses)
    assert options["stand_ins"]["body1.r1.relu1"] == "body1.r1.conv1"
    assert options["stand_ins"]["head1"] == "head1.linear1" and options["stand_ins"]["loss"] == addresses[-1]
    (kernels,) = results(at, "kernels", node="residual1.conv1")
    assert kernels.parameter == "residual1.conv1.weight"


def test_each_block_can_be_looked_into(open_app, sound, finished):
    run = finished("nested")
    at = on_tab(sound(open_app("inspect", run.recipe, run=run.id)), MAPS)
    for address in ("residual1", "body1", "body1.r1", "head1"):
        at = sound(look_at(at, inside=address))
        assert not at.error


def test_a_network_without_blocks_has_nothing_to_choose(open_app, sound, finished):
    run = finished("digits")
    assert "inside" not in inspector_parts(on_tab(sound(open_app("inspect", run.recipe, run=run.id)), MAPS))


def test_a_text_of_ones_own_is_looked_into_and_written_on(open_app, sound, finished):
    run = finished("text")
    at = sound(open_app("inspect", run.recipe, run=run.id))
    names = inspector_parts(at)["samples/samples"]["options"], inspector_parts(at)["input/input"]["options"]
    assert [options["kind"] for options in names] == ["text", "text"]
    typed = prepare(run.recipe, "text", "the cat ")
    key = inspect_route.hub().inputs.keep(typed.values, run.recipe)
    at = sound(look_at(at, input={"sample": None, "hash": key, "tokens": typed.tokens, "name": ""}))
    (likely,) = results(at, "next_token")
    assert likely.values.sum() <= 1 and typed.tokens == 8
    sound(field(at, "Temperature").set_value(0.0).run())
    (writing,) = results(at, "generated_text", temperature=0.0)
    assert f"{writing.prompt}{writing.written}".startswith("the cat ")


def test_the_input_is_chosen_as_the_data_are_whatever_the_task_answers(open_app, sound, finished, monkeypatch):
    run = finished("text")
    monkeypatch.setitem(TASKS._entries, "next_token", replace(TASKS.get("next_token"), answers=Value))
    at = sound(open_app("inspect", run.recipe, run=run.id))
    assert inspector_parts(at)["input/input"]["options"]["kind"] == "text"


def test_a_run_that_learned_from_a_text_is_shown_whole_on_train(open_app, sound, finished):
    run = finished("text")
    at = sound(open_app("train", run.recipe, run=run.id))
    words = "\n".join(element.value for element in at.caption)
    assert "test perplexity" in words and "live/view" in live_parts(at)
    assert read_live_view(run.folder).title == "Generated text"
