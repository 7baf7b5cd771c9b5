"""Inputs of a person's own, prepared for networks of pictures, text and numbers."""

import io

import numpy as np
import pytest
from PIL import Image

from explorer import data, zoo
from explorer.data.drawing import fit_drawing, prepare_drawing
from explorer.inspection.prepare import KINDS, CannotPrepare, prepare
from explorer.training.loop.parts import input_shape

RNN, NUMBERS = zoo.recipe("char_rnn"), zoo.recipe("linear_regression")
STROKE = np.zeros((140, 140), np.uint8)
STROKE[30:110, 60:75] = 255


def file_of(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def test_a_drawing_is_prepared_as_mnists_digits_are():
    recipe = zoo.recipe("lenet")
    expected = fit_drawing(prepare_drawing(STROKE), input_shape(recipe.network), data.get(recipe.data.name))
    assert np.array_equal(prepare(recipe, "drawing", STROKE).values, expected[0].float() / 255)


def test_dark_ink_on_white_is_inverted_unless_asked_otherwise():
    recipe, ink = zoo.recipe("mlp"), 255 - STROKE
    prepared = prepare(recipe, "picture", file_of(ink))
    as_it_is = prepare(recipe, "picture", file_of(ink), invert=False)
    assert prepared.inverted and prepared.can_invert and not as_it_is.inverted
    assert np.allclose(prepared.values, 1 - as_it_is.values, atol=0.01)
    assert not prepare(recipe, "picture", file_of(STROKE)).inverted


def test_a_flattened_input_is_prepared_flat():
    recipe = zoo.recipe("mlp")
    assert prepare(recipe, "picture", file_of(STROKE)).values.shape == input_shape(recipe.network)


@pytest.mark.parametrize("typed", ["Alice was beginning", b"Alice was beginning"])
def test_a_text_is_spelled_as_the_network_was_trained_and_filled_up(typed):
    prepared, known = prepare(RNN, "text", typed), data.get("alice").class_names
    assert prepared.tokens == len("alice was beginning")
    assert "".join(known[token] for token in prepared.values[:prepared.tokens]) == "alice was beginning"
    assert prepared.values.shape == input_shape(RNN.network)


def test_only_the_last_characters_of_a_long_text_are_read():
    prepared = prepare(RNN, "text", "x" * 5000 + "the end")
    length = input_shape(RNN.network)[0]
    assert prepared.tokens == length
    assert "".join(data.get("alice").class_names[token] for token in prepared.values).endswith("the end")


REFUSED = {
    "nothing drawn": (zoo.recipe("lenet"), "drawing", np.zeros((140, 140), np.uint8), "Nothing is drawn"),
    "no drawing": (zoo.recipe("lenet"), "drawing", b"x", "Nothing is drawn"),
    "no picture": (zoo.recipe("lenet"), "picture", b"x", "not a picture"),
    "a picture for text": (RNN, "picture", file_of(STROKE), "no pictures"),
    "a picture for numbers": (NUMBERS, "picture", file_of(STROKE), "no pictures"),
    "a drawing for numbers": (NUMBERS, "drawing", STROKE, "no images"),
    "text for pictures": (zoo.recipe("lenet"), "text", "hello", "no text"),
    "unknown characters": (RNN, "text", "123", "knows none"),
    "an empty text": (RNN, "text", b"", "knows none"),
    "one number too many": (NUMBERS, "numbers", [1, 2, 3], "2 numbers, not 3"),
    "no number": (NUMBERS, "numbers", [1, float("nan")], "finite"),
    "a word for numbers": (NUMBERS, "numbers", "x", "finite"),
    "rows for numbers": (NUMBERS, "numbers", np.zeros((2, 2)), "finite"),
    "a number too large": (NUMBERS, "numbers", [1, 10**400], "finite"),
    "another kind": (NUMBERS, "sound", b"", "no input of this kind"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_prepared_is_refused_in_one_sentence(name):
    recipe, kind, payload, words = REFUSED[name]
    with pytest.raises(CannotPrepare) as caught:
        prepare(recipe, kind, payload)
    assert words in str(caught.value.sentence)
    assert str(caught.value.sentence).endswith(".")


def test_numbers_are_taken_in_the_shape_of_the_input():
    assert prepare(NUMBERS, "numbers", [1, 2.5]).values.tolist() == [1, 2.5]
    assert set(KINDS) == {"drawing", "picture", "text", "numbers"}
