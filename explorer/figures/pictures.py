"""Descriptions of results that browser components draw: grids of maps, samples with predictions."""

from __future__ import annotations

import numpy as np

from explorer.formatting import format_number, with_unit
from explorer.results import ImageGrid, Predictions
from explorer.text import Text, text


def describe_image_grid(result: ImageGrid) -> Text:
    """Describe the number and size of the maps, and the range of their values."""
    count, height, width = result.values.shape
    if not result.values.size:
        return text("{title}: nothing to show yet.", title=result.title)
    return text("{title}: {count} maps of {height}×{width}, values from {low} to {high}.", title=result.title,
                count=format_number(count), height=height, width=width,
                low=with_unit(float(np.nanmin(result.values)), result.unit),
                high=with_unit(float(np.nanmax(result.values)), result.unit))


def describe_predictions(result: Predictions) -> Text:
    """Describe how many samples are predicted correctly."""
    known = [entry for entry in result.entries if entry.target is not None]
    right = sum(int(np.argmax(entry.probabilities)) == entry.target for entry in known)
    if not known:
        return text("{title}: predictions for {count} samples.", title=result.title, count=len(result.entries))
    return text("{title}: {right} of {count} samples are predicted correctly.",
                title=result.title, right=right, count=len(known))
