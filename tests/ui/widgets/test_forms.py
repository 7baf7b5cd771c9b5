"""A form field for each kind of setting: what is allowed is kept, what is not is told under the field."""

from __future__ import annotations

from contextlib import suppress
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from explorer import data
from explorer.blocks import BLOCKS
from explorer.recipe import INITIALIZATIONS, OPTIMIZERS, SETTINGS
from explorer.spec import BadValue, Choice, Expression, Flag, Number, Sizes
from explorer.ui.session import state

WHOLE = Number("epochs", "Epochs", 5, low=1, high=100, integer=True, help="How often.")
REAL = Number("lr", "Learning rate", 0.1, low=0, high=1, unit="per step")
OPTIONAL = Number("clip", "Clipping", None, low=0, optional=True)
CHOICE = Choice("pad", "Padding mode", "zeros", ("zeros", "reflect"), ("Zeros", "Reflection"))
FLAG = Flag("bias", "Bias", True)
SIZES = Sizes("kernel_size", "Kernel size", 3, low=1, high=99, words=("same",))
SHAPE = Sizes("shape", "Shape", (1, 28, 28), axes=None)
FORMULA = Expression("formula", "Formula", "x * sigmoid(x)")
STRIDE = Sizes("stride", "Stride", None, optional=True)

EVERY = [*(spec for block in BLOCKS for spec in block.params), *SETTINGS,
         *(spec for kind in (*OPTIMIZERS, *INITIALIZATIONS) for spec in kind.params),
         *(spec for dataset in data.DATASETS for spec in dataset.params)]


def page(specs, values, keep):
    from explorer.ui.widgets.forms import draw_param

    for spec in specs:
        draw_param(spec, values[spec.name], f"form{specs.index(spec)}", lambda v, name=spec.name: keep(name, v))


@pytest.fixture
def form():
    """`form(spec, value)` -> the page with that field, what was kept in `kept`."""
    def draw(*specs, **values):
        kept, told = {}, {spec.name: values.get(spec.name, spec.default) for spec in specs}

        def keep(name, value):
            kept[name] = told[name] = value

        at = AppTest.from_function(page, args=(list(specs), told, keep), default_timeout=600).run()
        assert not at.exception
        return SimpleNamespace(at=at, kept=kept)

    return draw


def faults(at: AppTest) -> list[str]:
    return [said.value for said in at.markdown if ":red[" in said.value]


def test_a_number_that_is_allowed_is_kept_as_its_kind(form):
    drawn = form(WHOLE, REAL)
    drawn.at.number_input[0].set_value(7).run()
    drawn.at.number_input[1].set_value(0.25).run()
    assert drawn.kept == {"epochs": 7, "lr": 0.25}
    assert type(drawn.kept["epochs"]) is int
    assert not faults(drawn.at)


def test_a_field_that_was_replaced_since_changes_nothing(form):
    """As when an edit on the canvas and the field's own message cross on their way."""
    drawn = form(WHOLE)
    drawn.at.session_state[state.REVISION.key] = 1
    drawn.at.number_input[0].set_value(7).run()
    assert drawn.kept == {} and drawn.at.number_input[0].value == WHOLE.default
    drawn.at.number_input[0].set_value(8).run()
    assert drawn.kept == {"epochs": 8}


def test_a_number_out_of_its_range_cannot_be_typed(form):
    field = form(WHOLE).at.number_input[0]
    assert (field.min, field.max) == (1, 100)


def test_an_emptied_number_takes_its_old_value_again(form):
    drawn = form(WHOLE)
    drawn.at.number_input[0].set_value(None).run()
    assert drawn.kept == {}
    assert drawn.at.number_input[0].value == 5


def test_an_optional_number_may_be_empty(form):
    drawn = form(OPTIONAL, clip=2.0)
    drawn.at.number_input[0].set_value(None).run()
    assert drawn.kept == {"clip": None}
    assert drawn.at.number_input[0].placeholder == "automatic"


def test_a_choice_shows_titles_and_keeps_names(form):
    drawn = form(CHOICE)
    assert drawn.at.selectbox[0].options == ["Zeros", "Reflection"]
    drawn.at.selectbox[0].set_value("reflect").run()
    assert drawn.kept == {"pad": "reflect"}


def test_a_flag_is_a_checkbox(form):
    drawn = form(FLAG)
    drawn.at.checkbox[0].uncheck().run()
    assert drawn.kept == {"bias": False}


@pytest.mark.parametrize(("typed", "value"), [
    ("5", 5), ("3,5", (3, 5)), ("3×5", (3, 5)), ("3x5", (3, 5)), ("same", "same")])
def test_sizes_are_typed_in_any_common_way(form, typed, value):
    drawn = form(SIZES)
    drawn.at.text_input[0].set_value(typed).run()
    assert drawn.kept == {"kernel_size": value}
    assert not faults(drawn.at)


@pytest.mark.parametrize("typed", ["0", "100", "3,4,5", "valid", "", "3.5", "-1", "<b>"])
def test_sizes_that_are_not_allowed_are_told_and_change_nothing(form, typed):
    drawn = form(SIZES)
    drawn.at.text_input[0].set_value(typed).run()
    assert drawn.kept == {}
    (fault,) = faults(drawn.at)
    assert "Kernel size must be" in fault
    assert not drawn.at.exception


def test_a_shape_is_shown_as_people_write_it_and_kept_as_a_list_of_sizes(form):
    drawn = form(SHAPE)
    assert drawn.at.text_input[0].value == "1×28×28"
    drawn.at.text_input[0].set_value("3 × 32 × 32").run()
    assert drawn.kept == {"shape": (3, 32, 32)}


def test_optional_sizes_may_be_empty(form):
    drawn = form(STRIDE, stride=2)
    drawn.at.text_input[0].set_value("").run()
    assert drawn.kept == {"stride": None}


def test_a_formula_is_kept_as_typed_and_one_that_is_not_allowed_is_told(form):
    drawn = form(FORMULA)
    drawn.at.text_input[0].set_value("max(0, x)").run()
    assert drawn.kept == {"formula": "max(0, x)"}
    drawn = form(FORMULA)
    drawn.at.text_input[0].set_value('__import__("os")').run()
    assert drawn.kept == {}
    assert len(faults(drawn.at)) == 1


def test_a_fault_is_told_under_its_own_field(form):
    drawn = form(SIZES, WHOLE)
    drawn.at.text_input[0].set_value("many").run()
    kinds = [element.type for element in drawn.at.main]
    assert kinds == ["main", "text_input", "markdown", "number_input"]


def test_what_a_field_is_for_is_said_on_hover_and_its_unit_beside_its_name(form):
    at = form(WHOLE, REAL).at
    assert at.number_input[0].help == "How often."
    assert at.number_input[1].label == "Learning rate (per step)"


def allowed(spec) -> list:
    """The ends of what a setting allows."""
    candidates = [spec.default, getattr(spec, "low", None), getattr(spec, "high", None), *getattr(spec, "options", ())]
    candidates += [(size,) * (spec.axes or 3) for size in (spec.low, spec.high)] if isinstance(spec, Sizes) else []
    found = []
    for candidate in candidates:
        with suppress(BadValue):
            found.append(spec.parse(candidate))
    return found


def draw_all(pairs):
    from explorer.ui.widgets.forms import draw_param

    for place, (spec, value) in enumerate(pairs):
        draw_param(spec, value, f"field{place}", lambda new: None)


def test_every_setting_there_is_can_be_drawn_with_its_default_and_at_the_ends_of_its_range():
    pairs = [(spec, value) for spec in EVERY for value in allowed(spec)]
    at = AppTest.from_function(draw_all, args=(pairs,), default_timeout=600).run()
    assert [error.message for error in at.exception] == []
    assert len(at.main) == len(pairs)
