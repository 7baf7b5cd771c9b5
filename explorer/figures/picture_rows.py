"""Images side by side with their captions; of an image with a frame, the framed part large above it."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
import plotly.graph_objects as go

from explorer.figures import frame
from explorer.figures.theme import Theme
from explorer.formatting import format_shape
from explorer.results import Picture, Pictures
from explorer.text import Text, text

_PICTURES_PX = 320
_GAP, _CAPTION = 0.12, 0.32  # room between two images and below each, in widths of an image


def figure_pictures(result: Pictures, theme: Theme, height: int = _PICTURES_PX) -> go.Figure:
    """Draw the images in one row, each with its caption below; framed parts in a row above, enlarged.

    >>> figure = figure_pictures(Pictures("Highest", (Picture(np.ones((4, 4)), "0.9", (0, 0, 2, 2)),)), Theme())
    >>> len(figure.data), len(figure.layout.shapes)
    (2, 2)
    """
    figure = frame.blank(theme, result.title, height)
    figure.update_layout(margin={"l": theme.px(8), "r": theme.px(8), "b": theme.px(4)})
    bottom = 1 + _GAP if any(picture.box for picture in result.pictures) else 0
    for place, picture in enumerate(result.pictures):
        left = place * (1 + _GAP)
        if picture.box:
            top, first, end, last = picture.box
            _add_image(figure, picture.image[top:end, first:last], left, 0)
        _add_image(figure, picture.image, left, bottom)
        if picture.box:
            _frame_part(figure, picture, left, bottom)
        figure.add_annotation(
            x=left + 0.5, y=bottom + 1 + _GAP / 2, text=theme.say_in_lines(picture.caption, 14), showarrow=False,
            yanchor="top", font={"size": theme.axis_font_px, "color": theme.text})
    if result.note is not None:
        figure.add_annotation(text=theme.say_in_lines(result.note, 90), x=0, y=0, xref="paper", yref="paper",
                              xanchor="left", showarrow=False, font={"size": theme.axis_font_px, "color": theme.muted})
    width, low = max(1, len(result.pictures)) * (1 + _GAP), bottom + 1 + _CAPTION
    figure.update_xaxes(visible=False, range=[-_GAP, max(width, 4)], constrain="domain", constraintoward="left")
    figure.update_yaxes(visible=False, range=[low, -_GAP], scaleanchor="x", constrain="domain",
                       constraintoward="top")
    return figure


def _add_image(figure: go.Figure, image: np.ndarray, left: float, top: float) -> None:
    """Place an image so that its longer side is 1, in the middle of its square."""
    height, width = image.shape[:2]
    pixel = 1 / max(height, width)
    figure.add_trace(go.Image(
        source=png_url(image), x0=left + (1 - width * pixel) / 2 + pixel / 2, dx=pixel,
        y0=top + (1 - height * pixel) / 2 + pixel / 2, dy=pixel, hoverinfo="skip"))


def _frame_part(figure: go.Figure, picture: Picture, left: float, top: float) -> None:
    height, width = picture.image.shape[:2]
    pixel = 1 / max(height, width)
    x, y = left + (1 - width * pixel) / 2, top + (1 - height * pixel) / 2
    first_row, first, last_row, last = picture.box
    frame.add_box(figure, x + first * pixel, y + first_row * pixel, x + last * pixel, y + last_row * pixel)


def png_url(image: np.ndarray) -> str:
    """Encode an image with values in 0..1, gray or in color, as the URL of a PNG.

    >>> png_url(np.zeros((2, 2)))[:30]
    'data:image/png;base64,iVBORw0K'
    """
    pixels = (np.clip(np.nan_to_num(image), 0, 1) * 255).round().astype(np.uint8)
    pixels = pixels[..., None].repeat(3, 2) if pixels.ndim == 2 else pixels
    height, width = pixels.shape[:2]
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = _part(b"IHDR", header) + _part(b"IDAT", zlib.compress(rows)) + _part(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + parts).decode()


def _part(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def describe_pictures(result: Pictures) -> Text:
    """List the captions of the images, the first three of many."""
    shown = [f"{picture.caption}" for picture in result.pictures[:3]]
    if not shown:
        return text("{title}: nothing to show yet.", title=result.title)
    return text("{title}: {count} images of {shape}; {captions}{more}", title=result.title,
                count=len(result.pictures), shape=format_shape(result.pictures[0].image.shape[:2]),
                captions="; ".join(shown), more=" …" if len(result.pictures) > 3 else ".")
