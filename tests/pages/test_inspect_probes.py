"""Inspect shows whatever probes there are, computes each once, and keeps what goes wrong to its own place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from inspector_parts import asked, inspector_parts, look_at, results
from torch.nn.modules.module import register_module_forward_hook

from explorer import data
from explorer.network import BuiltNetwork
from explorer.probes import NotApplicable
from explorer.probes.probe_params import ClassParam, NodeParam
from explorer.results import Bars, Curve, Curves, Heatmap, Histogram, ImageGrid, Quantities, Scatter
from explorer.spec import Choice, Flag, Number
from explorer.text import text
from explorer.training.records.checkpoints import frame_path, frame_steps
from tests.pages.trial import field, other_sample, throw_away, words_of


@pytest.fixture
def passes(trained):
    """A list with an entry for every forward pass of a network, from now on."""
    trained("digits")
    counted = []

    def count(module, _inputs, _output):
        if isinstance(module, BuiltNetwork):
            counted.append(module)

    handle = register_module_forward_hook(count)
    yield counted
    handle.remove()


def test_the_page_takes_no_pass_and_all_that_its_parts_ask_for_takes_one(look, sound, passes):
    at, _run = look()
    assert not passes
    assert asked(at, "feature_maps").body and asked(at, "probabilities").body
    assert len(passes) == 1
    sound(at.run())
    assert asked(at, "feature_maps").body  # of the same look: the pass is known
    assert len(passes) == 1
    sound(other_sample(at))
    assert asked(at, "feature_maps").body
    assert len(passes) == 2


def test_going_back_to_an_input_computes_nothing(look, sound, passes):
    at, _run = look()
    for place in (0, 3):
        other_sample(at, place)
        assert asked(at, "feature_maps").body
    before = len(passes)
    sound(other_sample(at, 0))
    assert asked(at, "feature_maps").body
    assert len(passes) == before


def test_another_step_is_another_look(look, sound, passes):
    at, _run = look()
    assert asked(at, "feature_maps").body
    sound(look_at(at, step=0))
    assert asked(at, "feature_maps").body
    assert len(passes) == 2


@pytest.mark.parametrize(("name", "title"), [
    ("digits", "Class probabilities"), ("plane", "Class probabilities"), ("line", "Prediction"),
    ("sine", "Prediction"), ("text", "What comes next"), ("text", "Generated text"),
])
def test_the_answer_is_the_one_that_the_task_gives(look, name, title):
    at, _run = look(name)
    titles = [markdown.value.strip("*") for markdown in at.markdown]
    assert title in titles
    others = {"Class probabilities", "Prediction"} - {title}
    assert not others & set(titles) or name == "text"


def test_a_probe_of_ones_own_is_shown_with_its_form_summary_and_source(look, sound, with_probe):
    asked = []

    def compute(subject, **options):
        asked.append(options)
        return Bars("Trial", ("a", "b"), np.array([0.25, 0.75]), "share")

    with_probe(throw_away(compute, params=(
        Number("amount", "Amount", 2, low=1, high=5, integer=True), Flag("whole", "Whole", True),
        Choice("kind", "Kind", "x", ("x", "y")), NodeParam("node", "Node of it"), ClassParam("cls", "Class"))))
    at, _run = look()
    predicted = asked[0].pop("cls")
    assert isinstance(predicted, int) and 0 <= predicted < 10
    assert asked == [{"amount": 2, "whole": True, "kind": "x", "node": "input"}]
    assert "**Trial**" in words_of(at)
    assert any("A trial of a probe. Source: nobody." in caption for caption in words_of(at))
    sound(field(at, "Amount").set_value(4).run())
    sound(field(at, "Class").set_value(3).run())
    sound(field(at, "Node of it").set_value("conv1").run())
    assert asked[-1] == {"amount": 4, "whole": True, "kind": "x", "node": "conv1", "cls": 3}
    before = len(asked)
    sound(at.run())
    assert len(asked) == before


def test_the_class_chosen_on_the_page_is_the_one_computed_also_where_names_are_numbers(look, sound, with_probe,
                                                                                      monkeypatch):
    asked = []

    def compute(subject, cls):
        asked.append(cls)
        return Bars("Trial", ("a",), np.ones(1), "share")

    names = ("1", "10", *"23456789")
    get = data.get
    monkeypatch.setattr(data, "get", lambda *given: replace(get(*given), class_names=names))
    with_probe(throw_away(compute, params=(ClassParam("cls", "Class"),)))
    at, _run = look()
    choice = field(at, "Class")
    assert choice.options == ["predicted class", *names]
    for index, name in enumerate(names[:3]):
        sound(field(at, "Class").select_index(choice.options.index(name)).run())
        assert asked[-1] == index


def raises(*_given):
    raise RuntimeError("deep inside of it")


@pytest.mark.parametrize(("compute", "sentence"), [
    (raises, "Trial could not be computed for this input"),
    (lambda subject: "words", "the probe returned str"),
    (lambda subject: Quantities("x", ("a",), np.ones(1)), "the probe returned Quantities"),
    (lambda subject: Bars("x", ("a",), np.ones(3), "share"), "labels do not match"),
    (lambda subject: Bars("x", ("a",), np.array([np.nan]), "share"), "the result is not a finite number"),
    (lambda subject: Bars("x", ("a",), np.ones(1), "share", highlight=1), "do not match"),
    (lambda subject: Bars("x", ("a",), [0.5], "share"), "must be NumPy arrays of numbers"),
    (lambda subject: Bars("x", ("a",), np.array(["b"]), "share"), "must be NumPy arrays of numbers"),
    (lambda subject: Histogram("x", np.ones(1), np.ones(0), "x", "y"), "do not match"),
    (lambda subject: Curves("x", (Curve("c", [1, 2], [3, 4]),), "x", "y"), "must be NumPy arrays of numbers"),
    (lambda subject: ImageGrid("x", np.ones((3, 2, 2)), True, ("a", "b")), "labels do not match"),
    (lambda subject: ImageGrid("x", np.ones((2, 2)), True), "labels do not match"),
    (lambda subject: Heatmap("x", np.ones((2, 2)), "r", "c", True, ("a",)), "labels do not match"),
    (lambda subject: Curves("x", (Curve("c", np.ones(2), np.ones(3)),), "x", "y"), "labels do not match"),
    (lambda subject: (), "returned nothing"),
    (lambda subject: subject.activations(["nowhere"]), "no node called nowhere"),
    (lambda subject: torch.zeros(1)[5], "Trial could not be computed"),
])
def test_a_probe_that_goes_wrong_is_one_sentence_at_its_place(look, with_probe, caplog, compute, sentence):
    with_probe(throw_away(compute, (Bars, ImageGrid, Heatmap, Curves, Histogram)))
    at, _run = look()
    assert len(at.error) == 1 and sentence in at.error[0].value
    assert "maps/feature_maps" in inspector_parts(at) and "answer/probabilities" in inspector_parts(at)
    if "could not be computed" in sentence:
        assert any(record.exc_info and record.name.startswith("explorer") for record in caplog.records)


def test_a_probe_whose_refusal_raises_is_one_sentence_at_its_place(look, with_probe):
    with_probe(throw_away(raises, refuses=raises))
    at, _run = look()
    assert [error.value for error in at.error] == ["Trial could not be shown. The server's log has the reason."]
    assert "maps/feature_maps" in inspector_parts(at) and "answer/probabilities" in inspector_parts(at)


@pytest.mark.parametrize(("failing", "sentence"), [
    ({"term": "no such term"}, "no such term"),
    ({"params": (Flag("whole", "Whole", []),)}, "Trial could not be shown."),  # a list can be no key
])
def test_a_heading_or_options_that_fail_are_a_sentence_at_their_place(look, with_probe, failing, sentence):
    with_probe(throw_away(raises, **failing))
    at, _run = look()
    assert sentence in at.error[-1].value
    assert "maps/feature_maps" in inspector_parts(at) and "answer/probabilities" in inspector_parts(at)


def test_a_result_that_cannot_be_drawn_is_one_sentence_at_its_place(look, with_probe):
    broken = Scatter("x", None, None, "x", "y")
    with_probe(throw_away(lambda subject: broken, (Scatter,)))
    at, _run = look()
    assert [error.value for error in at.error] == ["Trial could not be shown. The server's log has the reason."]
    assert "maps/feature_maps" in inspector_parts(at) and "A trial of a probe. Source: nobody." in "".join(words_of(at))


def test_a_type_that_nothing_draws_is_a_sentence(look, with_probe):
    class Unknown:
        pass

    with_probe(throw_away(lambda subject: Unknown(), (Unknown,)))
    at, _run = look()
    assert "nothing draws a result of type Unknown" in at.error[0].value


def test_maps_that_are_no_numbers_are_shown_with_a_warning_of_their_own(look, with_probe):
    with_probe(throw_away(lambda subject: ImageGrid("x", np.full((2, 2, 2), np.nan, np.float32), True), (ImageGrid,)))
    at, _run = look()
    assert not at.error


def test_what_has_nothing_to_show_here_says_so_without_being_a_problem(look, with_probe):
    def compute(subject):
        raise NotApplicable(text("Nothing of it here."))

    with_probe(throw_away(compute))
    at, _run = look()
    assert not at.error and "Nothing of it here." in [info.value for info in at.info]


def test_a_probe_that_refuses_is_not_shown(look, with_probe):
    with_probe(throw_away(raises, refuses=lambda recipe, analysis: text("Not this one.")))
    at, _run = look()
    assert "**Trial**" not in words_of(at) and not at.error


def test_a_node_of_another_network_in_the_session_is_a_sentence(look, sound, with_probe):
    with_probe(throw_away(lambda subject, node: Bars("x", ("a",), np.ones(1), "share"),
                          params=(NodeParam("node", "Layer"),)))
    at, run = look()
    at.session_state[f"probe/trial/node/{run.recipe.network.digest[:12]}"] = "elsewhere.conv9"
    at = sound(at.run())
    assert "there is no elsewhere.conv9 here" in at.error[0].value
    assert not sound(at.run()).error


def test_a_block_of_another_network_in_the_address_is_a_sentence(look):
    at, _run = look()
    at = look_at(at, inside="elsewhere")
    assert str(asked(at, "feature_maps").sentence) == "This network has no node called elsewhere. Choose another."
    assert not at.error and "answer/probabilities" in inspector_parts(at)


def test_a_damaged_checkpoint_is_a_sentence(look, sound):
    at, run = look()
    first = frame_steps(run.frames_folder)[0]
    frame_path(run.frames_folder, first).write_bytes(b"broken")
    answer = asked(sound(look_at(at, step=first)), "feature_maps")
    assert answer.is_problem and "damaged" in str(answer.sentence)


def test_two_sessions_look_at_one_run_without_disturbing_each_other(open_app, sound, finished):
    run = finished("digits")
    one, other = (sound(open_app("inspect", run.recipe, run=run.id)) for _ in range(2))
    last = results(other, "probabilities")[0].values
    first = results(sound(look_at(one, step=0)), "probabilities")[0].values
    assert not np.array_equal(first, last)
    for _again in range(3):
        assert np.array_equal(results(one, "probabilities")[0].values, first)
        assert np.array_equal(results(other, "probabilities")[0].values, last)
    assert one.session_state["probe_results"] is not other.session_state["probe_results"]
