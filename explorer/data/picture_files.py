"""Picture files decoded safely, and fitted to what a network takes."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from explorer.data.dataset import Dataset, Shape
from explorer.data.fitting import Misfit, fit_inputs, image_shape, refuse_misfit
from explorer.formatting import format_bytes
from explorer.text import Text, text

if TYPE_CHECKING:
    from torch import Tensor

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP")
MAX_PIXELS = 50_000_000  # of one image, before it is decoded: a phone's photograph has 12 to 50 million
MAX_FILE_BYTES = 30_000_000
_KEPT_PX = 1024  # of a decoded picture's shorter side; no network here takes more
_EVEN, _MOSTLY = 16, 0.6  # an empty background: so much of the border differs by no more than this, of 255
_WHITE = 255


class UnreadablePicture(ValueError):
    """A file that is no picture, or none that can be read; `sentence` explains why, and what to do.

    >>> decode_picture(b"", 1)
    Traceback (most recent call last):
    explorer.data.picture_files.UnreadablePicture: This file is empty. Choose another.
    """

    def __init__(self, sentence: Text) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def decode_picture(content: bytes, channels: int, paper: int | None = None) -> np.ndarray:
    """Decode a file to uint8 (channel, height, width): gray for 1 channel, else RGB; of an animation the first picture.

    It is turned upright as its EXIF data have it, and made smaller where it is huge. What is transparent becomes
    `paper`, a gray value, white without one. Raises UnreadablePicture.

    >>> import io
    >>> file = io.BytesIO()
    >>> Image.new("RGBA", (3, 2), (255, 0, 0, 0)).save(file, "PNG")
    >>> decode_picture(file.getvalue(), 3, paper=7).tolist()[0]
    [[7, 7, 7], [7, 7, 7]]
    """
    _check_file(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about what is odd in the file but does not keep it from being read
            image = open_picture(content, _KEPT_PX, color=channels != 1)
            image = in_eight_bits(ImageOps.exif_transpose(image), _WHITE if paper is None else paper)
            image.thumbnail((2 * _KEPT_PX, 2 * _KEPT_PX))
            image = image.convert("L" if channels == 1 else "RGB")
    except Image.DecompressionBombError:
        raise UnreadablePicture(text("This picture has more than {limit:,} pixels. Make it smaller first.",
                                     limit=MAX_PIXELS)) from None
    except UnidentifiedImageError:
        raise UnreadablePicture(text("This file is not a picture that can be read. Choose a PNG, JPEG, BMP, GIF or "
                                     "WebP file.")) from None
    except Exception:  # a damaged file makes decoders raise nearly anything
        raise UnreadablePicture(text("This picture is damaged or incomplete. Save it again, or choose "
                                     "another.")) from None
    return np.atleast_3d(np.asarray(image)).transpose(2, 0, 1)


def _check_file(content: bytes) -> None:
    if not content:
        raise UnreadablePicture(text("This file is empty. Choose another."))
    if len(content) > MAX_FILE_BYTES:
        raise UnreadablePicture(text("This file is larger than {limit}. Make the picture smaller first.",
                                     limit=format_bytes(MAX_FILE_BYTES)))
    if b"<svg" in content[:1000].lower():
        raise UnreadablePicture(text("An SVG file has lines instead of pixels. Save it as PNG first."))


def open_picture(content: bytes, size_px: int, color: bool, most_pixels: int = MAX_PIXELS) -> Image.Image:
    """Open a picture of allowed size without decoding it yet; a JPEG will be decoded at reduced size.

    Raises Image.DecompressionBombError, and nearly anything for a file that is no picture.
    """
    image = Image.open(io.BytesIO(content), formats=FORMATS)
    if image.width * image.height > most_pixels:
        raise Image.DecompressionBombError
    image.draft("RGB" if color else "L", (2 * size_px, 2 * size_px))
    return image


def in_eight_bits(image: Image.Image, paper: int = _WHITE) -> Image.Image:
    """Convert 16 bits per pixel to 8, and transparency to paper of this gray."""
    if image.mode.startswith("I"):
        return Image.fromarray((np.asarray(image).clip(0, 65_535) // 256).astype(np.uint8))
    if image.has_transparency_data:
        above = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", above.size, (paper, paper, paper, 255)), above)
    return image


def paper_of(images: np.ndarray) -> int | None:
    """Find the gray of the background that images share, from their borders; None where these vary, as in photographs.

    images: uint8 (image, channel, height, width).

    >>> paper_of(np.zeros((2, 1, 4, 4), np.uint8))
    0
    """
    border = np.concatenate([images[:, :, [0, -1]].ravel(), images[:, :, :, [0, -1]].ravel()])
    middle = int(np.median(border))
    return middle if (abs(border.astype(int) - middle) <= _EVEN).mean() >= _MOSTLY else None


def needs_inversion(picture: np.ndarray, paper: int | None) -> bool:
    """Check whether a picture's background is dark where the data's is bright, or the other way round.

    picture: uint8 (channel, height, width).

    >>> needs_inversion(np.full((1, 3, 3), 250, np.uint8), paper=0)
    True
    """
    own = paper_of(picture[None])
    return paper is not None and own is not None and abs(own - paper) > 127


def fit_picture(picture: np.ndarray, input_shape: Shape, dataset: Dataset, paper: int | None = None) -> Tensor:
    """Fit a picture to the network's input: uint8 (1, *input_shape).

    On data with a background, the whole picture is kept and margins are filled with it; of a photograph, the middle is
    cropped to the input's proportions. picture: uint8 (channel, height, width). Raises Misfit.

    >>> from explorer.data import get
    >>> tuple(fit_picture(np.zeros((1, 9, 30), np.uint8), (784,), get("mnist"), paper=0).shape)
    (1, 784)
    """
    import torch

    refuse_misfit(dataset, input_shape)
    shape = image_shape(dataset, input_shape)
    if shape is None:
        raise Misfit(text("A picture has pixels, but {title} has no images.", title=dataset.title))
    pixels = _cropped(picture, shape) if paper is None else _padded(picture, shape, paper)
    fitted = fit_inputs(torch.from_numpy(np.ascontiguousarray(pixels))[None], shape)
    return fitted.reshape(1, *input_shape)


def _cropped(picture: np.ndarray, shape: Shape) -> np.ndarray:
    """Cut out the middle with the proportions of `shape`."""
    height, width = picture.shape[1:]
    share = min(height / shape[1], width / shape[2])
    rows, columns = (max(1, min(round(size * share), limit)) for size, limit in zip(shape[1:], (height, width)))
    top, left = (height - rows) // 2, (width - columns) // 2
    return picture[:, top:top + rows, left:left + columns]


def _padded(picture: np.ndarray, shape: Shape, paper: int) -> np.ndarray:
    """Put the picture in the middle of paper with the proportions of `shape`."""
    height, width = picture.shape[1:]
    share = max(height / shape[1], width / shape[2])
    spare = [max(0, round(size * share) - own) for size, own in zip(shape[1:], (height, width))]
    margins = [(extra // 2, extra - extra // 2) for extra in spare]
    return np.pad(picture, [(0, 0), *margins], constant_values=paper)
