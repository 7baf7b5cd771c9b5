"""Data for tests: small files in the published forms, and the real ones where they are at hand."""

import hashlib
import pickle
import struct

import numpy as np
import pytest

from explorer import data

SIZES = {"train": 12, "t10k": 10}


class Published:
    """Makes small files as MNIST's and CIFAR-10's publishers lay them out."""

    @staticmethod
    def idx(array):
        return bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()

    @classmethod
    def idx_files(cls):
        """Twelve training and ten test images, as the four files by name."""
        rs, files = np.random.RandomState(0), {}
        for part, count in SIZES.items():
            images = rs.randint(0, 256, (count, 28, 28)).astype(np.uint8)
            files[f"{part}-images-idx3-ubyte"] = cls.idx(images)
            files[f"{part}-labels-idx1-ubyte"] = cls.idx(np.arange(count, dtype=np.uint8) % 10)
        return files

    @staticmethod
    def lay(folder, files):
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)

    @staticmethod
    def cifar_files(monkeypatch):
        """Six small batches by name; torchvision is made to think that they are the published ones."""
        from torchvision.datasets import CIFAR10

        rs = np.random.RandomState(0)
        names = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]
        files = {name: pickle.dumps({"data": rs.randint(0, 256, (4, 3072)).astype(np.uint8), "labels": [0, 1, 2, 9]})
                 for name in names}
        sums = [[name, hashlib.md5(content).hexdigest()] for name, content in files.items()]
        monkeypatch.setattr(CIFAR10, "train_list", sums[:5])
        monkeypatch.setattr(CIFAR10, "test_list", sums[5:])
        return files


@pytest.fixture
def published():
    return Published


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty data folder."""
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path


@pytest.fixture(scope="session")
def real_mnist():
    """(training part, test part) of the published MNIST."""
    if not data.is_available("mnist"):
        pytest.skip(f"real MNIST is not in {data.folder()}: set EXPLORER_DATA to a folder that holds MNIST/raw")
    return data.load("mnist")
