"""Thumbnail of one node's output, in the color scales used everywhere."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageColor

from explorer.figures import Theme
from explorer.ui.widgets.picture import png_url

HEIGHT_PX, WIDTH_PX, GAP_PX = 40, 152, 4
BESIDE_SKETCH_PX = 80  # the width left beside a sketch


def draw_thumbnail(
    values: np.ndarray, theme: Theme, is_sample: bool = False, signed: bool = True, width_px: int = WIDTH_PX,
    limit: float | None = None,
) -> str:
    """Draw a PNG as a data URL, at most width_px × HEIGHT_PX pixels.

    values: one sample's output; (channel, height, width) gives its first maps side by side, as (head, query, key) does,
    (token, feature) one map, a row of numbers, or of channels of one pixel, a strip. What is not finite, such as a
    masked score, is left empty. A sample that enters the network is shown as the image it is. signed: whether its
    numbers may be negative; that is a matter of the node and not of the sample, so that a color keeps its meaning.
    limit: the end of the color scale, the largest magnitude if None.
    """
    if is_sample and values.ndim == 3:
        return png_url(_image(values, width_px))
    values = np.where(np.isfinite(values), values, np.nan).astype(np.float32)
    if values.ndim < 2 or values.shape[1:] == (1, 1):
        maps = _strip(values.reshape(-1), width_px)
    else:
        maps = _maps(values.reshape(-1, *values.shape[-2:]), width_px)
    empty, maps = np.isnan(maps), np.nan_to_num(maps)
    limit = limit or float(np.abs(maps).max(initial=0)) or 1.0
    shares = np.clip((maps / limit + 1) / 2 if signed else maps / limit, 0, 1)
    colors, ground = color_table(theme.diverging if signed else theme.sequential), ImageColor.getrgb(theme.panel)
    colored = np.where(empty[..., None], np.array(ground, np.uint8), colors[(shares * 255).round().astype(int)])
    return png_url(_side_by_side(colored, ground, width_px))


def _maps(values: np.ndarray, width_px: int) -> np.ndarray:
    """Select as many of the maps (channel, height, width) as fit, made smaller where they are too large."""
    height, width = values.shape[1:]
    factor = max(height / HEIGHT_PX, width / width_px)
    size = (max(1, int(width / factor)), max(1, int(height / factor))) if factor > 1 else (width, height)
    drawn_px = size[0] * max(1, HEIGHT_PX // size[1])
    shown = values[:max(1, (width_px + GAP_PX) // (drawn_px + GAP_PX))]
    if factor <= 1:
        return shown
    return np.stack([np.asarray(Image.fromarray(one).resize(size, Image.Resampling.BOX)) for one in shown])


def _strip(values: np.ndarray, width_px: int) -> np.ndarray:
    """Lay out numbers (feature,) as one map a single pixel high; neighbors are averaged where there are too many."""
    row = values[None]
    if row.shape[1] > width_px:
        row = np.asarray(Image.fromarray(row).resize((width_px, 1), Image.Resampling.BOX))
    return row[None]


def _side_by_side(maps: np.ndarray, ground: tuple[int, ...], width_px: int) -> np.ndarray:
    """Join colored maps (map, height, width, 3), enlarged by whole pixels, a gap between them."""
    count, height, width = maps.shape[:3]
    factor = max(1, min(HEIGHT_PX // height, width_px // width))
    high, wide = (HEIGHT_PX // 2 if height == 1 else factor), factor
    large = maps.repeat(high, 1).repeat(wide, 2)
    step = large.shape[2] + GAP_PX
    picture = np.full((large.shape[1], count * step - GAP_PX, 3), ground, np.uint8)
    for place, one in enumerate(large):
        picture[:, place * step:place * step + large.shape[2]] = one
    return picture


def _image(values: np.ndarray, width_px: int) -> np.ndarray:
    """Convert an image (channel, height, width) with values from 0 to 1, gray or in color."""
    picture = (np.clip(np.nan_to_num(values), 0, 1) * 255).round().astype(np.uint8).transpose(1, 2, 0)
    picture = picture[:, :, :3] if picture.shape[2] >= 3 else picture[:, :, :1].repeat(3, 2)
    factor = max(1, HEIGHT_PX // picture.shape[0])
    small = Image.fromarray(np.ascontiguousarray(picture.repeat(factor, 0).repeat(factor, 1)))
    small.thumbnail((width_px, HEIGHT_PX), Image.Resampling.BOX)
    return np.asarray(small)


def color_table(scale: list[tuple[float, str]]) -> np.ndarray:
    """Build the 256 colors of a scale: (256, 3) bytes."""
    rgb = np.array([ImageColor.getrgb(color) for _, color in scale])
    places, wanted = [place for place, _ in scale], np.linspace(0, 1, 256)
    return np.stack([np.interp(wanted, places, rgb[:, i]) for i in range(3)], 1).round().astype(np.uint8)
