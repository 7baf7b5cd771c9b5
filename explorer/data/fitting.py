"""Conversion of a data set's samples to the shape of a network's input."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from explorer.data.dataset import TEXT, Dataset, Samples, Shape
from explorer.data.texts import recut
from explorer.formatting import format_bytes, format_shape
from explorer.text import Text, text

if TYPE_CHECKING:
    from torch import Tensor

LUMA = (0.299, 0.587, 0.114)  # of red, green and blue: ITU-R BT.601, as torchvision has it
LIMIT_BYTES = 4_000_000_000
CHUNK_SAMPLES = 512


class Misfit(Exception):
    """A data set that cannot be converted to a network's input; `sentence` explains why.

    >>> from explorer.data import get
    >>> refuse_misfit(get("mnist"), (10,))
    Traceback (most recent call last):
    explorer.data.fitting.Misfit: The network takes 10 numbers, but MNIST has 1×28×28 images (784 numbers each).
    """

    def __init__(self, sentence: Text) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def can_fit(dataset: Dataset, input_shape: Shape) -> Text | None:
    """Explain why the data set cannot be converted to this input shape; None if it can. Does not import torch.

    >>> from explorer.data import get
    >>> can_fit(get("mnist"), (1, 32, 32)) is None
    True
    """
    source, target = tuple(dataset.shape), tuple(input_shape)
    if dataset.kind is TEXT:
        return None if len(target) == 1 and target[0] > 0 else text(
            "The network takes {wanted}, but {title} is a text: a sequence of characters.",
            wanted=_wanted_text(target), title=dataset.title)
    if source == target or (len(source) == 3 and target == (math.prod(source),)):
        return None
    if len(source) == len(target) == 3:
        fits = min(target) > 0 and (source[0] == target[0] or {source[0], target[0]} == {1, 3})
        return None if fits else _channel_sentence(dataset, target)
    if len(source) == 3:
        return text("The network takes {wanted}, but {title} has {shape} images ({count} numbers each).",
                    wanted=_wanted_text(target), title=dataset.title, shape=format_shape(source),
                    count=math.prod(source))
    return text("The network takes {wanted}, but {title} has {count} per sample.",
                wanted=_wanted_text(target), title=dataset.title, count=_count_text(source))


def _channel_sentence(dataset: Dataset, target: Shape) -> Text:
    return text("The network takes {target} images, but {title} has {source}, and channels can be converted "
                "only from 1 to 3 or from 3 to 1.",
                target=format_shape(target), title=dataset.title, source=format_shape(dataset.shape))


def _wanted_text(shape: Shape) -> Text:
    if len(shape) == 3:
        return text("{shape} images", shape=format_shape(shape))
    return _count_text(shape) if len(shape) == 1 else text("inputs of shape {shape}", shape=format_shape(shape))


def _count_text(shape: Shape) -> Text:
    return text("1 number") if shape == (1,) else text("{count} numbers", count=math.prod(shape))


def image_shape(dataset: Dataset, input_shape: Shape) -> Shape | None:
    """Return the (channel, height, width) of the images that a network takes, also flattened; None if it takes none.

    >>> from explorer.data import get
    >>> image_shape(get("mnist"), (784,)), image_shape(get("sine"), (1,))
    ((1, 28, 28), None)
    """
    if len(input_shape) == 3:
        return tuple(input_shape)
    is_flattened = len(dataset.shape) == 3 and tuple(input_shape) == (math.prod(dataset.shape),)
    return tuple(dataset.shape) if is_flattened else None


def box_of(source: Shape, target: Shape, box_share: float | None) -> tuple[int, int]:
    """Compute the (height, width) that an image takes in its target frame; the frame's own size without `box_share`.

    Only images that are enlarged get a margin, and never one that would shrink them. Shapes: (channel, height, width).
    """
    if box_share is None:
        return target[1:]
    return tuple(max(round(new * box_share), old) if new > old else new for old, new in zip(source[1:], target[1:]))


def fit_note(dataset: Dataset, input_shape: Shape) -> Text | None:
    """Describe what `fit` does to the samples; None if nothing. Raises Misfit. Does not import torch.

    >>> from explorer.data import get
    >>> str(fit_note(get("mnist"), (784,)))
    'Each 1×28×28 image is flattened to 784 numbers.'
    """
    refuse_misfit(dataset, input_shape)
    source, target = tuple(dataset.shape), tuple(input_shape)
    if source == target:
        return None
    if dataset.kind is TEXT:
        return text("The text is read in pieces of {count} characters.", count=target[0])
    if len(target) == 1:
        return text("Each {source} image is flattened to {count} numbers.",
                    source=format_shape(source), count=target[0])
    notes = [note for note in (_size_note(dataset, target), _channel_note(source, target)) if note]
    return notes[0] if len(notes) == 1 else text("{first} {second}", first=notes[0], second=notes[1])


def refuse_misfit(dataset: Dataset, input_shape: Shape) -> None:
    """Raise Misfit if `can_fit` finds a reason."""
    if sentence := can_fit(dataset, input_shape):
        raise Misfit(sentence)


def _size_note(dataset: Dataset, target: Shape) -> Text | None:
    source, box = dataset.shape, box_of(dataset.shape, target, dataset.box_share)
    if source[1:] == target[1:]:
        return None
    if box == source[1:]:
        return text("{source} images are centered in {target}.",
                    source=format_shape(source[1:]), target=format_shape(target[1:]))
    if box != target[1:]:
        return text("{source} images are enlarged to {box} and centered in {target}, as MNIST's digits are.",
                    source=format_shape(source[1:]), box=format_shape(box), target=format_shape(target[1:]))
    return text("{source} images are resized to {target}.",
                source=format_shape(source[1:]), target=format_shape(target[1:]))


def _channel_note(source: Shape, target: Shape) -> Text | None:
    if source[0] == target[0]:
        return None
    return text("Gray is repeated in 3 channels.") if target[0] == 3 else text("Colors are converted to gray.")


def fit(samples: Samples, input_shape: Shape, dataset: Dataset) -> tuple[Samples, Text | None]:
    """Convert a whole split, keeping its dtype; returns it with the note of `fit_note`.

    Raises Misfit, also if the result would not fit into memory; then convert batch by batch with `fit_inputs`.

    >>> from explorer.data import get, load
    >>> tuple(fit(load("digits")[1], (3, 32, 32), get("digits"))[0].inputs.shape)
    (359, 3, 32, 32)
    """
    note = fit_note(dataset, input_shape)
    if note is None:
        return samples, None
    if dataset.kind is TEXT:
        return _recut(samples, input_shape[0], dataset), note
    size_bytes = len(samples) * math.prod(input_shape) * samples.inputs.element_size()
    if size_bytes > LIMIT_BYTES:
        raise Misfit(text("{count:,} samples of {shape} would take {size} of memory. Use fewer samples, or a smaller "
                          "input.", count=len(samples), shape=format_shape(input_shape), size=format_bytes(size_bytes)))
    inputs = fit_inputs(samples.inputs, input_shape, dataset.box_share)
    return replace(samples, inputs=inputs), note


def _recut(samples: Samples, length: int, dataset: Dataset) -> Samples:
    cut = recut(samples, length)
    if len(cut) < 2:
        raise Misfit(text("{title} is too short for pieces of {count} characters.", title=dataset.title, count=length))
    return cut


def fit_inputs(inputs: Tensor, input_shape: Shape, box_share: float | None = None) -> Tensor:
    """Convert a batch on its own device, to (sample, *input_shape). Checks nothing: call `can_fit` first.

    >>> import torch
    >>> tuple(fit_inputs(torch.zeros(2, 1, 8, 8, dtype=torch.uint8), (64,)).shape)
    (2, 64)
    """
    if len(input_shape) == 1:
        return inputs.flatten(1)
    if tuple(inputs.shape[1:]) == tuple(input_shape):
        return inputs
    fitted = inputs.new_empty((len(inputs), *input_shape))
    for start in range(0, len(inputs), CHUNK_SAMPLES):
        part = slice(start, start + CHUNK_SAMPLES)
        fitted[part] = _fit_images(inputs[part], input_shape, box_share)
    return fitted


def _fit_images(images: Tensor, target: Shape, box_share: float | None) -> Tensor:
    box = box_of(tuple(images.shape[1:]), target, box_share)
    images = _framed(_resized(_channels(images, target[0]), box), target[1:])
    return images.expand(-1, target[0], -1, -1)


def _channels(images: Tensor, channels: int) -> Tensor:
    """Convert colors to gray before resizing; gray is repeated only at the end, by `expand`."""
    if channels != 1 or images.shape[1] == 1:
        return images
    luma = images.new_tensor(LUMA, dtype=images.float().dtype)[:, None, None]
    return (images * luma).sum(1, keepdim=True).round().to(images.dtype)


def _resized(images: Tensor, size: tuple[int, int]) -> Tensor:
    from torch.nn import functional as F

    if tuple(images.shape[2:]) == tuple(size):
        return images
    resized = F.interpolate(images.float(), size, mode="bilinear", antialias=True)
    return resized.round().clamp(0, 255).to(images.dtype)


def _framed(images: Tensor, size: tuple[int, int]) -> Tensor:
    from torch.nn import functional as F

    spare = [new - old for old, new in zip(images.shape[2:], size)]
    top, left = spare[0] // 2, spare[1] // 2
    return F.pad(images, (left, spare[1] - left, top, spare[0] - top))


def to_float(inputs: Tensor) -> Tensor:
    """Convert uint8 to float32 in 0..1; floats and tokens pass unchanged. Meant for a batch, on its device.

    >>> import torch
    >>> to_float(torch.tensor([0, 255], dtype=torch.uint8))
    tensor([0., 1.])
    """
    import torch

    return inputs.to(torch.float32).div_(255) if inputs.dtype == torch.uint8 else inputs
