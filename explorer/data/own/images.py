"""A person's own images, one folder per class: decoded, cropped to a square, resized, kept as bytes.

The templates in `done` are part of a data set's id and may never change: tests/data/test_own_ids.py explains why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps

from explorer.data.dataset import LABELS
from explorer.data.own.archive import MAX_FILES, read_folder, read_zip
from explorer.data.own.partition import draw_test_part, part
from explorer.data.own.record import DEFAULT_SIZE_PX, Prepared, Record, Refused, short
from explorer.data.picture_files import MAX_PIXELS, in_eight_bits, open_picture
from explorer.formatting import format_shape
from explorer.text import Text, text

MAX_TOTAL_PIXELS = 10_000_000_000      # of all images, as decoded: some minutes
MAX_KEPT_BYTES = 500_000_000
MAX_CLASSES = 1_000
_TRAIN_FOLDERS = {"train", "training"}
_TEST_FOLDERS = {"test", "testing", "val", "valid", "validation"}


@dataclass
class _Left:
    """Files that were left out: how many for each reason, and the first."""

    counts: Counter = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def add(self, reason: str, path: str) -> None:
        self.counts[reason] += 1
        self.first.setdefault(reason, path)

    def sentences(self) -> Iterable[Text]:
        for reason, count in self.counts.items():
            yield text(_LEFT_OUT[reason], count=count, first=short(self.first[reason]), limit=MAX_PIXELS)


_LEFT_OUT = {
    "unreadable": "Left out as no image that can be read: {count:,} (the first: {first}).",
    "large": "Left out with more than {limit:,} pixels: {count:,} (the first: {first}).",
    "outside": "Left out as lying in no class's folder: {count:,} (the first: {first}).",
}


def read_images(source: BinaryIO | Path, name: str, size_px: int = DEFAULT_SIZE_PX, color: bool = True) -> Prepared:
    """Read the images of a zip or of a folder, size_px×size_px, gray or RGB; each folder is a class, sorted by name.

    A fifth of every class is the test set; if the classes are in folders such as train and test, that split is kept.
    Raises Refused, and OSError if a folder cannot be read.
    """
    files = read_folder(source) if isinstance(source, Path) else read_zip(source, name)
    images, paths, left, squared = _decode_all(files, name, size_px, color)
    if not images:
        raise Refused(text("{file} contains no readable image. PNG, JPEG, BMP, GIF and WebP can be read.",
                           file=short(name)))
    places, kept = _places(paths, left)
    names = tuple(sorted({folder for _, folder in places}))
    _check_classes(names, name)
    inputs = np.stack([images[index] for index in kept])
    targets = np.searchsorted(names, [folder for _, folder in places])
    parts = {one for one, _ in places}
    is_test = np.array([one in _TEST_FOLDERS for one, _ in places]) if len(parts) > 1 else draw_test_part(targets)
    done = (_what_was_done(size_px, color, squared), *_part_note(parts), *left.sentences(), *_singles(targets, names))
    record = Record(short(Path(name).stem or name), name, LABELS, tuple(inputs.shape[1:]),
                    tuple(map(short, names)), (),
                    (int((~is_test).sum()), int(is_test.sum())), done)
    return Prepared(record, part(inputs, targets, is_test))


def _decode_all(files: Iterable[tuple[str, bytes]], name: str, size_px: int,
                color: bool) -> tuple[list[np.ndarray], list[str], _Left, int]:
    """Decode (images (channel, height, width), their paths, what was left out, how many were cropped)."""
    images, paths, left, squared, pixels = [], [], _Left(), 0, 0
    limit = min(MAX_FILES, MAX_KEPT_BYTES // (size_px ** 2 * (3 if color else 1)))
    for path, content in files:
        try:
            image = open_picture(content, size_px, color, MAX_PIXELS)
            pixels += image.width * image.height
            images.append(_to_square(image, size_px, color))
        except Image.DecompressionBombError:
            left.add("large", path)
            continue
        except Exception:  # a damaged file makes decoders raise nearly anything
            left.add("unreadable", path)
            continue
        paths.append(path)
        squared += image.width != image.height
        if len(images) > limit:
            raise Refused(text("At {size} at most {limit:,} images can be kept. Choose a smaller size, or remove "
                               "some.", limit=limit, size=format_shape((size_px, size_px))))
        if pixels > MAX_TOTAL_PIXELS:
            raise Refused(text("The images in {file} have more than {limit:,} pixels in total. Make them smaller "
                               "before zipping them.", file=short(name), limit=MAX_TOTAL_PIXELS))
    return images, paths, left, squared


def _to_square(image: Image.Image, size_px: int, color: bool) -> np.ndarray:
    """Crop to the middle square and resize: uint8 (channel, height, width)."""
    image = in_eight_bits(ImageOps.exif_transpose(image)).convert("RGB" if color else "L")
    image = ImageOps.fit(image, (size_px, size_px), Image.Resampling.BILINEAR)
    return np.atleast_3d(np.asarray(image)).transpose(2, 0, 1)


def _places(paths: list[str], left: _Left) -> tuple[list[tuple[str, str]], list[int]]:
    """Find (split folder or "", class folder) of every image in a class folder, and the indices of these images."""
    ways = [path.split("/") for path in paths]
    while len({way[0] for way in ways}) == 1 < min(map(len, ways)) and max(map(len, ways)) > 2:
        ways = [way[1:] for way in ways]
    kept = [index for index, way in enumerate(ways) if len(way) > 1]
    for index in sorted(set(range(len(paths))) - set(kept)):
        left.add("outside", paths[index])
    tops = {ways[index][0].casefold() for index in kept}
    has_parts = (all(len(ways[index]) > 2 for index in kept) and tops <= _TRAIN_FOLDERS | _TEST_FOLDERS
                 and tops & _TRAIN_FOLDERS and tops & _TEST_FOLDERS)
    return [(ways[index][0].casefold(), ways[index][1]) if has_parts else ("", ways[index][0]) for index in kept], kept


def _check_classes(names: tuple[str, ...], name: str) -> None:
    """Raise Refused if there are too few or too many."""
    if len(names) < 2:
        raise Refused(text("{file} contains only one class. Make a folder per class, at least two, and zip them "
                           "together.", file=short(name)))
    if len(names) > MAX_CLASSES:
        raise Refused(text("{file} contains {count:,} folders; at most {limit:,} classes are possible.",
                           file=short(name), count=len(names), limit=MAX_CLASSES))


def _what_was_done(size_px: int, color: bool, squared: int) -> Text:
    size = format_shape((size_px, size_px))
    kind = text("in color") if color else text("in gray")
    if squared:
        return text("Resized to {size} {kind}; of {count:,} images that are no squares only the middle was taken.",
                    size=size, kind=kind, count=squared)
    return text("Resized to {size} {kind}.", size=size, kind=kind)


def _part_note(parts: set[str]) -> Iterable[Text]:
    if len(parts) > 1:
        yield text("Training and test part are as the folders say: {names}.", names=", ".join(sorted(parts)))


def _singles(targets: np.ndarray, names: tuple[str, ...]) -> Iterable[Text]:
    single = [names[index] for index, count in enumerate(np.bincount(targets, minlength=len(names))) if count == 1]
    if single:
        yield text("Classes with a single image, which is only trained on: {count:,} ({first}).",
                   count=len(single), first=short(", ".join(single)))
