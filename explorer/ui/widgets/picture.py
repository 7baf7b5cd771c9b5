"""Small images shown pixel for pixel."""

from __future__ import annotations

import base64
import io
from typing import Literal

import numpy as np
import streamlit as st
from PIL import Image


def png_url(pixels: np.ndarray) -> str:
    """Encode bytes (height, width) or (height, width, 3) as a data URL with the picture in it.

    So it needs no second request: a server forgets the pictures of a page that was drawn anew meanwhile.
    """
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def draw_image(image: np.ndarray, enlarge_to_px: int = 112, width: int | Literal["content", "stretch"] = "stretch",
               caption: str | None = None) -> None:
    """Draw an image (height, width), (height, width, 1) or (height, width, 3) with values from 0 to 1.

    Pixels are repeated up to about `enlarge_to_px`, so that a browser's smoothing does not blur a small image.
    """
    image = image[..., 0] if image.shape[-1] == 1 and image.ndim == 3 else image
    factor = max(1, enlarge_to_px // max(image.shape[:2]))
    large = np.repeat(np.repeat(np.clip(np.nan_to_num(image), 0, 1), factor, 0), factor, 1)
    st.image(png_url((large * 255).round().astype(np.uint8)), width=width, caption=caption)
