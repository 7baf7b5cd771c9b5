"""CIFAR-10. Its files are pickles, which can run code: each must match its published checksum before it is opened."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.data.dataset import LABELS, Dataset, Progress, Samples, damaged, read_data
from explorer.data.mnist import SAMPLES
from explorer.text import text

if TYPE_CHECKING:
    from explorer.data.download import Remote

TITLE = "CIFAR-10"
FOLDER = "cifar-10-batches-py"
BATCHES = {"train": tuple(f"data_batch_{i}" for i in range(1, 6)), "test": ("test_batch",)}
NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
DOWNLOAD_BYTES = 170_498_071


def _load(split: str, samples: int | None = None) -> Samples:
    import numpy as np
    import torch
    from torchvision.datasets import CIFAR10

    checksums = dict(CIFAR10.train_list + CIFAR10.test_list)
    batches = [_read_batch(name, checksums[name]) for name in BATCHES[split]]
    images = np.concatenate([batch["data"] for batch in batches]).reshape(-1, 3, 32, 32)
    labels = np.concatenate([batch["labels"] for batch in batches]).astype("int64")
    kept = slice(samples if split == "train" else None)
    return Samples(torch.from_numpy(images[kept]), torch.from_numpy(labels[kept]), NAMES)


def _read_batch(name: str, md5: str) -> dict:
    """Read one batch; the bytes that are unpickled are those whose checksum was verified."""
    file, content = read_data(TITLE, f"{FOLDER}/{name}")
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != md5:
        raise damaged(TITLE, file, text("its checksum does not match the published one"))
    return pickle.loads(content, encoding="latin1")


def _download(progress: Progress) -> None:
    from torchvision.datasets import CIFAR10

    from explorer.data.download import Remote, fetch

    fetch(TITLE, FOLDER, (Remote((CIFAR10.url,), CIFAR10.tgz_md5),), _extract, progress, DOWNLOAD_BYTES)


def _extract(arrived: Path, remote: Remote, ready: Path) -> None:
    """Extract the known members and no others, whatever paths are in the archive."""
    import tarfile

    with tarfile.open(arrived) as archive:
        for name in (*BATCHES["train"], *BATCHES["test"], "batches.meta"):
            (ready / name).write_bytes(archive.extractfile(f"{FOLDER}/{name}").read())


CIFAR10 = Dataset(
    "cifar10", TITLE, "Color photographs in ten classes, 32×32: 50,000 training and 10,000 test images.",
    LABELS, (3, 32, 32), "No license is stated; published for research",
    "Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images, "
    "https://www.cs.toronto.edu/~kriz/cifar.html",
    load=_load, class_names=NAMES, params=(replace(SAMPLES, high=50_000),),
    files=tuple(f"{FOLDER}/{name}" for part in BATCHES.values() for name in part),
    download=_download, download_bytes=DOWNLOAD_BYTES)
