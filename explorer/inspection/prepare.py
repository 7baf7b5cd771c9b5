"""Inputs of a person's own, prepared as the network takes them: a drawing, a picture, a text, numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer import data
from explorer.data import Dataset, Misfit, Shape
from explorer.data.drawing import fit_drawing, prepare_drawing
from explorer.data.picture_files import (
    MAX_FILE_BYTES,
    UnreadablePicture,
    decode_picture,
    fit_picture,
    needs_inversion,
    paper_of,
)
from explorer.data.texts import spell
from explorer.formatting import format_character
from explorer.recipe import Recipe
from explorer.results import PreparedInput
from explorer.text import Text, text

if TYPE_CHECKING:
    from torch import Tensor

KINDS = ("drawing", "picture", "text", "numbers")
MOST_UPLOAD_BYTES = MAX_FILE_BYTES + 9_000_000  # with the input that is looked at meanwhile
MAX_CHARACTERS = 4000  # of a text; only the last ones that fit are read
_SHOWN_CHARACTERS = 60
_PAPER_SAMPLES, _MIDDLE = 64, 127
_FINITE = text("Every value must be a finite number.")


class CannotPrepare(ValueError):
    """An input that a network cannot take; `sentence` explains why, and what to do.

    >>> from explorer import zoo
    >>> prepare(zoo.recipe("char_rnn"), "text", "1 2 3")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    explorer.inspection.prepare.CannotPrepare: The network knows none of these characters. It knows ...
    """

    def __init__(self, sentence: Text) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def prepare(recipe: Recipe, kind: str, payload: Any, invert: bool | None = None) -> PreparedInput:
    """Prepare an input of one of KINDS for a recipe's network.

    payload: of a drawing the ink, (height, width), bright on 0; of a picture its file's bytes; of a text a string or
    its file's bytes; else a sequence of numbers. invert: of a picture; None decides by its background and the data's.
    Raises CannotPrepare, or whatever else with a `sentence` keeps the recipe's data from being known.

    >>> from explorer import zoo
    >>> prepare(zoo.recipe("linear_regression"), "numbers", [1, 2.5]).values.tolist()
    [1.0, 2.5]
    """
    from explorer.training.loop.parts import input_shape

    payload = b"" if payload is None else payload
    dataset, shape = data.get(recipe.data.name, recipe.data.params), input_shape(recipe.network)
    try:
        match kind:
            case "drawing":
                return _prepare_drawing(payload, shape, dataset)
            case "picture":
                return _prepare_picture(payload, shape, dataset, recipe, invert)
            case "text":
                return _prepare_text(payload, shape, dataset)
            case "numbers":
                return _prepare_numbers(payload, shape)
    except (Misfit, UnreadablePicture) as error:
        raise CannotPrepare(error.sentence) from error
    raise CannotPrepare(text("There is no input of this kind. Choose a sample, or reload the page."))


def _prepare_drawing(ink: np.ndarray, shape: Shape, dataset: Dataset) -> PreparedInput:
    drawn = prepare_drawing(ink) if isinstance(ink, np.ndarray) and ink.ndim == 2 else None
    if drawn is None:
        raise CannotPrepare(text("Nothing is drawn yet. Draw with the mouse, a finger or a pen."))
    return _prepared(fit_drawing(drawn, shape, dataset))


def _prepare_picture(content: bytes, shape: Shape, dataset: Dataset, recipe: Recipe,
                     invert: bool | None) -> PreparedInput:
    wanted = data.fitting.image_shape(dataset, shape)
    if wanted is None:
        raise CannotPrepare(text("This network takes no pictures: {title} has none.", title=dataset.title))
    paper = paper_of_data(recipe) if wanted[0] == 1 else None
    picture = decode_picture(bytes(content), wanted[0], paper)
    inverted = needs_inversion(picture, paper) if invert is None else invert
    fitted = fit_picture(255 - picture if inverted else picture, shape, dataset, paper)
    note = text("Dark and bright are inverted: the background of this network's data is dark.") if inverted else None
    if note and paper is not None and paper > _MIDDLE:
        note = text("Dark and bright are inverted: the background of this network's data is bright.")
    return _prepared(fitted, inverted=inverted, can_invert=wanted[0] == 1, note=note)


def _prepared(fitted: Tensor, **known: Any) -> PreparedInput:
    """Take fitted pixels, uint8 (1, ...), to 0..1."""
    return PreparedInput(data.to_float(fitted)[0].numpy(), **known)


def paper_of_data(recipe: Recipe) -> int | None:
    """Find the gray of the background that the recipe's test images share; None without one, or without the images."""
    try:
        _train, test = data.load(recipe.data.name, recipe.data.params)
    except data.DataMissing:
        return None
    images = test.inputs[:_PAPER_SAMPLES]
    return paper_of(images.numpy()) if images.dim() == 4 else None


def _prepare_text(typed: str | bytes, shape: Shape, dataset: Dataset) -> PreparedInput:
    if dataset.kind is not data.TEXT:
        raise CannotPrepare(text("This network takes no text: {title} has none.", title=dataset.title))
    words = typed.decode("utf-8", "replace") if isinstance(typed, bytes) else str(typed)
    known, length = dataset.class_names, shape[0]
    tokens = spell(words[-MAX_CHARACTERS:], known)[-length:]
    if not tokens:
        raise CannotPrepare(text("The network knows none of these characters. It knows {known}.",
                                 known=" ".join(map(format_character, known[:_SHOWN_CHARACTERS]))))
    return PreparedInput(np.array(tokens + [0] * (length - len(tokens)), np.int32), len(tokens))


def _prepare_numbers(numbers: Sequence[float], shape: Shape) -> PreparedInput:
    try:
        values = [float(value) for value in numbers]
    except (TypeError, ValueError, OverflowError):
        raise CannotPrepare(_FINITE) from None
    if len(values) != math.prod(shape):
        raise CannotPrepare(text("The network takes {count} numbers, not {given}.", count=math.prod(shape),
                                 given=len(values)))
    if not all(map(math.isfinite, values)):
        raise CannotPrepare(_FINITE)
    return PreparedInput(np.array(values, np.float32).reshape(shape))
