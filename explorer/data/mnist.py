"""MNIST and the two data sets published in its format: IDX files, read without torchvision."""

from __future__ import annotations

import gzip
import io
import math
import shutil
import struct
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.data.dataset import LABELS, Dataset, Progress, Samples, damaged, read_data
from explorer.formatting import format_shape
from explorer.spec import Number
from explorer.text import Text, text

if TYPE_CHECKING:
    import numpy as np

    from explorer.data.download import Remote

SIDE = 28
LIMIT_BYTES = 1 << 28

SAMPLES = Number("samples", "Training samples", None, low=10, high=60_000, integer=True, optional=True,
                 help="How many training samples to use, from the first on. Leave empty to use all of them.")
_PARTS = {"train": "train", "test": "t10k"}


class _Damaged(Exception):
    def __init__(self, reason: Text) -> None:
        self.reason = reason


def parse_idx(content: bytes, axes: int) -> np.ndarray:
    """Parse an IDX file with this many axes to a uint8 array. Source: LeCun, Cortes, Burges, the MNIST page."""
    import numpy as np

    head = 4 + 4 * axes
    if len(content) < head or content[:4] != bytes((0, 0, 8, axes)):
        raise _Damaged(text("it does not start like an IDX file"))
    sizes = struct.unpack(f">{axes}I", content[4:head])
    if len(content) - head != math.prod(sizes):
        raise _Damaged(text("it should have {expected:,} bytes, but has {found:,}",
                            expected=head + math.prod(sizes), found=len(content)))
    return np.frombuffer(content, dtype=np.uint8, offset=head).reshape(sizes)


def _read_idx(title: str, path: str, axes: int) -> tuple[Path, np.ndarray]:
    file, content = read_data(title, path)
    try:
        return file, parse_idx(_decompressed(content) if file.suffix == ".gz" else content, axes)
    except _Damaged as error:
        raise damaged(title, file, error.reason) from error


def _decompressed(content: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(content)) as stream:
            return stream.read(LIMIT_BYTES)
    except (OSError, EOFError, gzip.zlib.error) as error:
        raise _Damaged(text("it cannot be decompressed")) from error


def _load(origin: str, title: str, names: tuple[str, ...], split: str, samples: int | None = None) -> Samples:
    import torch

    images_file, images = _read_idx(title, f"{origin}/raw/{_PARTS[split]}-images-idx3-ubyte", 3)
    labels_file, labels = _read_idx(title, f"{origin}/raw/{_PARTS[split]}-labels-idx1-ubyte", 1)
    if images.shape[1:] != (SIDE, SIDE) or not len(images):
        raise damaged(title, images_file, text("it contains no {size} images", size=format_shape((SIDE, SIDE))))
    if len(labels) != len(images) or labels.max() >= len(names):
        raise damaged(title, labels_file, text("its labels do not match the images"))
    kept = slice(samples if split == "train" else None)
    return Samples(torch.from_numpy(images[kept, None].copy()), torch.from_numpy(labels[kept].astype("int64")), names)


def _download(origin: str, title: str, total_bytes: int, progress: Progress) -> None:
    import torchvision

    from explorer.data.download import Remote, fetch

    published = getattr(torchvision.datasets, origin)
    remotes = tuple(Remote(tuple(mirror + file for mirror in published.mirrors), md5)
                    for file, md5 in published.resources)
    fetch(title, f"{origin}/raw", remotes, _decompress, progress, total_bytes)


def _decompress(arrived: Path, remote: Remote, ready: Path) -> None:
    name = remote.urls[0].rpartition("/")[2].removesuffix(".gz")
    with gzip.open(arrived) as packed, (ready / name).open("wb") as plain:
        shutil.copyfileobj(packed, plain)


def _idx_dataset(name: str, origin: str, title: str, summary: str, names: tuple[str, ...], license: str, source: str,
                 download_bytes: int) -> Dataset:
    """Make a data set in MNIST's format. origin: torchvision's class, which is also the folder's name."""
    files = tuple(f"{origin}/raw/{part}-{kind}-ubyte"
                  for part in _PARTS.values() for kind in ("images-idx3", "labels-idx1"))
    return Dataset(name, title, summary, LABELS, (1, SIDE, SIDE), license, source,
                   load=partial(_load, origin, title, names), class_names=names, params=(SAMPLES,), files=files,
                   download=partial(_download, origin, title, download_bytes), download_bytes=download_bytes)


MNIST = _idx_dataset(
    "mnist", "MNIST", "MNIST", "Handwritten digits in grayscale, 28×28: 60,000 training and 10,000 test images.",
    tuple("0123456789"), "CC BY-SA 3.0",
    "LeCun, Cortes, Burges: The MNIST database of handwritten digits, http://yann.lecun.com/exdb/mnist/", 11_594_722)

FASHION_MNIST = _idx_dataset(
    "fashion_mnist", "FashionMNIST", "Fashion-MNIST",
    "Clothes and shoes in ten classes, grayscale, 28×28: 60,000 training and 10,000 test images. Harder than digits.",
    ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"), "MIT",
    "Xiao, Rasul, Vollgraf 2017, https://github.com/zalandoresearch/fashion-mnist", 30_878_645)

KMNIST = _idx_dataset(
    "kmnist", "KMNIST", "Kuzushiji-MNIST",
    "Ten characters of cursive Japanese, grayscale, 28×28: 60,000 training and 10,000 test images.",
    ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"), "CC BY-SA 4.0",
    "Clanuwat et al. 2018, Deep Learning for Classical Japanese Literature, https://github.com/rois-codh/kmnist",
    21_240_888)
