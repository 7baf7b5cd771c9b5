"""Uploaded pictures: every odd or bad file is read, or refused in one sentence."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from explorer import data
from explorer.data.picture_files import (
    MAX_FILE_BYTES,
    UnreadablePicture,
    decode_picture,
    fit_picture,
    needs_inversion,
    paper_of,
)

MNIST, CIFAR = data.get("mnist"), data.get("cifar10")
COLORS = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3) * 3


def saved(image: Image.Image, form: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def png_of_size(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds nothing."""
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def refusal(content: bytes) -> str:
    with pytest.raises(UnreadablePicture) as caught:
        decode_picture(content, 1)
    sentence = str(caught.value.sentence)
    assert sentence.endswith(".") and "{" not in sentence and len(sentence) < 160
    return sentence


def test_the_pixels_of_a_png_are_kept():
    assert np.array_equal(decode_picture(saved(Image.fromarray(COLORS)), 3), COLORS.transpose(2, 0, 1))


def test_one_pixel_is_a_picture():
    assert decode_picture(saved(Image.new("L", (1, 1), 200)), 1).tolist() == [[[200]]]
    fitted = fit_picture(np.full((1, 1, 1), 200, np.uint8), (1, 28, 28), MNIST)
    assert fitted.shape == (1, 1, 28, 28) and (fitted == 200).all()


def test_what_is_transparent_becomes_the_paper_of_the_data():
    half = Image.new("RGBA", (2, 1), (255, 255, 255, 0))
    half.putpixel((1, 0), (255, 255, 255, 255))
    assert decode_picture(saved(half), 1, paper=0).tolist() == [[[0, 255]]]
    assert decode_picture(saved(half), 1).tolist() == [[[255, 255]]]


def test_cmyk_becomes_rgb():
    decoded = decode_picture(saved(Image.new("CMYK", (8, 8), (255, 0, 0, 0)), "JPEG"), 3)
    assert decoded.shape == (3, 8, 8) and decoded[0].max() < 60 and decoded[1].min() > 100


def test_sixteen_bits_become_eight():
    deep = Image.fromarray(np.array([[0, 256, 65_535]], np.uint16))
    assert decode_picture(saved(deep), 1).tolist() == [[[0, 1, 255]]]


@pytest.mark.parametrize("mode", ["1", "P", "LA"])
def test_palettes_and_bits_are_read(mode):
    assert decode_picture(saved(Image.fromarray(COLORS).convert("L").convert(mode)), 3).shape == (3, 4, 6)


def test_the_first_picture_of_an_animation_is_taken():
    frames = [Image.new("L", (5, 5), shade) for shade in (10, 200)]
    content = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert abs(int(decode_picture(content, 1).mean()) - 10) < 3


def test_a_photograph_is_turned_upright():
    image, exif = Image.fromarray(COLORS), Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: turn by 90 degrees clockwise
    decoded = decode_picture(saved(image, exif=exif), 3)
    assert np.array_equal(decoded, np.rot90(COLORS, -1).transpose(2, 0, 1))


def test_a_huge_picture_is_made_smaller_while_it_is_decoded():
    assert max(decode_picture(saved(Image.new("L", (6000, 4000), 9), "JPEG"), 1).shape) <= 2048


BAD = {
    "empty": (b"", "empty"),
    "text": (b"hello " * 100, "not a picture"),
    "svg": (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
    "truncated": (saved(Image.effect_noise((64, 64), 50))[:900], "damaged"),
    "truncated jpeg": (saved(Image.effect_noise((99, 99), 50), "JPEG")[:700], "damaged"),
    "bomb": (png_of_size(60_000, 60_000), "pixels"),
    "hollow": (png_of_size(10, 10), "damaged"),
    "tiff": (saved(Image.new("L", (3, 3)), "TIFF"), "not a picture"),
    "heavy": (bytes(MAX_FILE_BYTES + 1), "30.0 MB"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(name):
    content, word = BAD[name]
    assert word in refusal(content)


def test_the_paper_of_digits_is_black_and_photographs_have_none():
    assert paper_of(data.load("digits")[1].inputs[:50].numpy()) == 0
    assert paper_of(np.random.RandomState(0).randint(0, 256, (9, 3, 8, 8))) is None


def test_dark_ink_on_white_is_seen_to_need_inversion():
    ink = np.full((1, 20, 20), 240, np.uint8)
    ink[:, 5:15, 8:12] = 20
    assert needs_inversion(ink, paper=0)
    assert not needs_inversion(255 - ink, paper=0)
    assert not needs_inversion(ink, paper=None)


def test_a_wide_drawing_keeps_its_proportions_and_a_photograph_loses_its_sides():
    wide = np.zeros((1, 10, 40), np.uint8)
    wide[:, :, :10] = 255
    assert fit_picture(wide, (1, 40, 40), MNIST, paper=0)[0, 0, 15:25, :10].float().mean() > 200
    photograph = np.repeat(wide, 3, 0)
    assert not fit_picture(photograph, (3, 10, 10), CIFAR).any()


def test_gray_is_repeated_for_a_network_that_takes_colors():
    assert fit_picture(np.full((3, 9, 9), 5, np.uint8), (3, 32, 32), MNIST).unique().tolist() == [5]


def test_data_without_images_take_no_picture():
    with pytest.raises(data.Misfit):
        fit_picture(np.zeros((1, 2, 2), np.uint8), (2,), data.get("moons"))
