"""Thumbnails: test samples as small pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch.nn.functional as F
from torch import Tensor

from explorer import data
from explorer.data.fitting import image_shape
from explorer.network import Analysis
from explorer.probes.probe import FOLLOWED, INPUT, ProbeSpec
from explorer.probes.samples import source_of
from explorer.probes.subject import NotApplicable, Subject
from explorer.recipe import Recipe
from explorer.results import Thumbnails
from explorer.spec import BadValue
from explorer.text import Text, text

LONGEST_PX = 32
_NO_IMAGES = text("These samples are no images.")


@dataclass(frozen=True)
class PlacesParam:
    """Samples of the test set by their places, at most `most` at a time.

    >>> PlacesParam("places", "Samples").parse([7, 3])
    (7, 3)
    """

    name: str
    title: str
    default: tuple[int, ...] = (0,)
    most: int = 256
    help: str = ""

    def parse(self, value: Any) -> tuple[int, ...]:
        """Check the form of places; whether there are such samples is known by the data. Raises BadValue."""
        places = tuple(value) if isinstance(value, list | tuple) else ()
        if not 0 < len(places) <= self.most or any(type(place) is not int or place < 0 for place in places):
            raise BadValue(text("{title} must be 1 to {most} whole numbers from 0 on, not {value}.", title=self.title,
                                most=self.most, value=repr(value)[:40]))
        return places


def compute_thumbnails(subject: Subject, places: tuple[int, ...]) -> Thumbnails:
    """Shrink the test samples at these places to 32 pixels at the most; places beyond the last sample are left out.

    Raises NotApplicable where there are no test samples, or where they are no images.
    """
    source = source_of(subject)
    recipe = subject.recipe
    shape = image_shape(data.get(recipe.data.name, recipe.data.params), tuple(subject.batch.shape[1:]))
    known = [place for place in places if place < len(source)]
    if shape is None or not known:
        raise NotApplicable(_NO_IMAGES)
    images = shrink(source.inputs(known).reshape(len(known), *shape))
    return Thumbnails(np.array(known, np.int32), images.permute(0, 2, 3, 1).contiguous().numpy())


def shrink(images: Tensor) -> Tensor:
    """Shrink images in 0..1 so that the longer side has 32 pixels at the most: uint8, one or three channels.

    images: (sample, channel, height, width).

    >>> import torch
    >>> tuple(shrink(torch.zeros(1, 4, 64, 48)).shape)
    (1, 1, 32, 24)
    """
    images = images if images.shape[1] in (1, 3) else images.mean(1, keepdim=True)
    longest = max(images.shape[2:])
    if longest > LONGEST_PX:
        size = [max(1, round(side * LONGEST_PX / longest)) for side in images.shape[2:]]
        images = F.interpolate(images, size, mode="bilinear", antialias=True)
    return (images.clamp(0, 1) * 255).round().byte()


def _refuses(recipe: Recipe, analysis: Analysis) -> Text | None:
    try:
        dataset = data.get(recipe.data.name, recipe.data.params)
    except data.DataMissing as error:
        return error.sentence
    shape = next((node.params.get("shape", ()) for node in recipe.network.nodes if node.block == "input"), ())
    return None if image_shape(dataset, tuple(shape)) else _NO_IMAGES


THUMBNAILS = ProbeSpec(
    name="thumbnails", title="Thumbnails", summary="Test samples as small pictures.",
    source="Russell & Norvig, Artificial Intelligence, 19.4", compute=compute_thumbnails, returns=(Thumbnails,),
    place=INPUT, params=(PlacesParam("places", "Samples"),), refuses=_refuses, cost=FOLLOWED,
)
