"""What settings accept, refuse, and say when they refuse."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.blocks import BLOCKS
from explorer.recipe import INITIALIZATIONS, OPTIMIZERS, SETTINGS
from explorer.spec import BadValue, Choice, Flag, Number, Registry, Sizes, UnknownName, defaults, parse_params

RATE = Number("lr", "Learning rate", 0.1, low=0, high=10)
WHOLE = Number("epochs", "Epochs", 5, low=1, high=1_000_000, integer=True)
EMPTY = Number("threads", "Threads", None, low=1, integer=True, optional=True)
FREE = Number("free", "Free", 0.0, low=-math.inf)
COLOR = Choice("color", "Color", "red", ("red", "blue"), ("Red", "Blue"))
BIAS = Flag("bias", "Bias", True)
WINDOW = Sizes("window", "Window", 3, high=99, words=("same",))
SHAPE = Sizes("shape", "Shape", (1, 28, 28), axes=None)
SPECS = (RATE, WHOLE, EMPTY, FREE, COLOR, BIAS, WINDOW, SHAPE)
DECLARED = [*SETTINGS, *(spec for registry in (OPTIMIZERS, INITIALIZATIONS, BLOCKS) for entry in registry
                         for spec in entry.params)]


@pytest.mark.parametrize(("spec", "value", "parsed"), [
    (RATE, 1, 1.0), (RATE, 0, 0.0), (RATE, 10, 10.0), (WHOLE, 3.0, 3), (EMPTY, None, None), (EMPTY, 4, 4),
    (COLOR, "blue", "blue"),
    (BIAS, False, False), (WINDOW, 5, 5), (WINDOW, [3, 5], (3, 5)), (WINDOW, "same", "same"), (SHAPE, [7], (7,)),
])
def test_a_value_is_parsed_to_its_own_type(spec: Any, value: Any, parsed: Any) -> None:
    assert spec.parse(value) == parsed
    assert type(spec.parse(value)) is type(parsed)


@pytest.mark.parametrize(("spec", "value", "sentence"), [
    (RATE, True, "Learning rate must be a number, not True."),
    (RATE, "0.1", "Learning rate must be a number, not '0.1'."),
    (RATE, None, "Learning rate must be a number, not None."),
    (RATE, math.nan, "Learning rate must be a finite number."),
    (RATE, -math.inf, "Learning rate must be a finite number."),
    pytest.param(FREE, 10**5000, "Free must be a finite number.", id="5001 digits"),
    (RATE, 11, "Learning rate must be between 0 and 10, not 11."),
    (WHOLE, 0, "Epochs must be between 1 and 1,000,000, not 0."),
    (WHOLE, 2.5, "Epochs must be a whole number, not 2.5."),
    (EMPTY, -1, "Threads must be 1 or more, not -1."),
    (COLOR, "green", "Color must be one of red, blue, not 'green'."),
    (COLOR, ["red"], "Color must be one of red, blue, not ['red']."),
    (BIAS, 1, "Bias must be true or false, not 1."),
    (WINDOW, [1, 2, 3], 'Window must be a whole number or a list of 2 or "same", not [1, 2, 3].'),
    (WINDOW, "wide", 'Window must be a whole number or a list of 2 or "same", not \'wide\'.'),
    (WINDOW, [True, 1], "Window must be a number, not True."),
    (WINDOW, 100, "Window must be between 1 and 99, not 100."),
    (SHAPE, 5, "Shape must be a list of 1 to 8 whole numbers, not 5."),
    (SHAPE, [], "Shape must be a list of 1 to 8 whole numbers, not []."),
    (SHAPE, [1] * 9, "Shape must be a list of 1 to 8 whole numbers, not [1, 1, 1, 1, 1, 1, 1, 1, 1]."),
])
def test_a_wrong_value_is_refused_in_one_sentence(spec: Any, value: Any, sentence: str) -> None:
    with pytest.raises(BadValue) as error:
        spec.parse(value)
    assert str(error.value) == str(error.value.sentence) == sentence


@pytest.mark.parametrize(("spec", "typed", "value"), [
    (RATE, "1e-2", 0.01), (RATE, "3", 3.0), (WHOLE, "1e3", 1000), (EMPTY, "none", None), (EMPTY, "", None),
    (COLOR, "red", "red"),
    (BIAS, "On", True), (BIAS, "0", False), (WINDOW, "3", 3), (WINDOW, "3x5", (3, 5)), (WINDOW, "3×5", (3, 5)),
    (WINDOW, "same", "same"), (SHAPE, "1,28,28", (1, 28, 28)), (SHAPE, "[7]", (7,)),
])
def test_what_is_typed_on_a_command_line_is_read(spec: Any, typed: str, value: Any) -> None:
    assert spec.read(typed) == value


@pytest.mark.parametrize(("spec", "typed"), [
    (RATE, "fast"), (RATE, "nan"), pytest.param(RATE, "9" * 5000, id="5000 digits"), (WHOLE, "2.5"), (WHOLE, "inf"),
    (COLOR, "Red"), (BIAS, "maybe"),
    (WINDOW, ""), (WINDOW, "3xx5y"), (SHAPE, "a,b"), pytest.param(SHAPE, "9" * 5000, id="a size of 5000 digits"),
])
def test_what_is_typed_wrongly_raises_only_bad_value(spec: Any, typed: str) -> None:
    with pytest.raises(BadValue):
        spec.read(typed)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2), max_leaves=4)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(SPECS), ANYTHING)
def test_any_value_is_parsed_or_refused_and_parsing_again_changes_nothing(spec: Any, value: Any) -> None:
    try:
        parsed = spec.parse(value)
    except BadValue as error:
        assert str(error)
    else:
        assert spec.parse(parsed) == parsed


@pytest.mark.parametrize("spec", DECLARED, ids=lambda spec: spec.name)
def test_every_declared_setting_accepts_its_own_default_and_explains_itself(spec: Any) -> None:
    assert spec.parse(spec.default) == spec.default
    assert spec.title
    assert spec.help.endswith(".")
    if isinstance(spec, Choice) and spec.titles:
        assert len(spec.titles) == len(spec.options)
        assert spec.title_of(spec.default) in spec.titles


def test_settings_not_given_take_their_defaults_and_unknown_ones_a_suggestion() -> None:
    assert parse_params((RATE, BIAS), {"lr": 2}) == {"lr": 2.0, "bias": True}
    assert defaults((RATE, BIAS)) == {"lr": 0.1, "bias": True}
    with pytest.raises(BadValue, match=r"There is no setting called 'biass'\. Did you mean bias\?"):
        parse_params((RATE, BIAS), {"biass": True})


def test_a_registry_keeps_its_order_refuses_twins_and_suggests_a_name() -> None:
    registry = Registry("color", (COLOR, BIAS))
    assert registry.names() == ["color", "bias"]
    assert [entry.name for entry in registry] == registry.names()
    assert len(registry) == 2
    assert registry.get("bias") is BIAS
    with pytest.raises(UnknownName) as error:
        registry.get("colr")
    assert str(error.value) == "There is no color called 'colr'. Did you mean color?"
    with pytest.raises(UnknownName):
        registry.get(["bias"])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="two colors are called 'bias'"):
        Registry("color", (BIAS, BIAS))
