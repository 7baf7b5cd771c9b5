"""Data files: found where torchvision lays them, refused with one clear sentence if they are damaged."""

import gzip
import pickle
import struct
import sys
from pathlib import Path

import pytest
import torch

from explorer import data

DOWNLOADED = [dataset.name for dataset in data.DATASETS if not dataset.ships]


def sentence_of(name, params=None):
    with pytest.raises(data.DataMissing) as caught:
        data.load(name, params)
    assert str(caught.value) == str(caught.value.sentence)
    return str(caught.value)


@pytest.mark.parametrize(("name", "origin"), [("mnist", "MNIST"), ("fashion_mnist", "FashionMNIST"),
                                              ("kmnist", "KMNIST")])
def test_files_laid_as_torchvision_lays_them_are_read_as_torchvision_reads_them(place, name, origin, published):
    import torchvision

    published.lay(place / origin / "raw", published.idx_files())
    assert data.is_available(name)
    for part, train in zip(data.load(name), (True, False)):
        theirs = getattr(torchvision.datasets, origin)(place, train=train, download=False)
        assert torch.equal(part.inputs[:, 0], theirs.data) and torch.equal(part.targets, theirs.targets)


def test_compressed_files_are_read_too_and_a_few_samples_can_be_asked_for(place, published):
    files = published.idx_files()
    published.lay(place / "MNIST/raw", {f"{name}.gz": gzip.compress(content) for name, content in files.items()})
    assert data.is_available("mnist")
    train, test = data.load("mnist", {"samples": 11})
    assert (len(train), len(test)) == (11, 10) and train.inputs.dtype == torch.uint8


@pytest.mark.parametrize("name", DOWNLOADED)
def test_missing_data_are_reported_with_the_file_and_a_way_out(place, name):
    assert not data.is_available(name)
    said = sentence_of(name)
    assert data.get(name).title in said and str(place) in said and "Handwritten digits, which are included" in said


def test_a_data_folder_that_does_not_exist_or_is_a_file_is_reported(place, monkeypatch):
    monkeypatch.setenv("EXPLORER_DATA", str(place / "nowhere"))
    assert "nowhere" in sentence_of("mnist")
    (place / "file").write_text("x")
    monkeypatch.setenv("EXPLORER_DATA", str(place / "file"))
    assert not data.is_available("mnist")
    assert "is a file" in sentence_of("mnist")
    with pytest.raises(data.DataMissing, match="cannot be written"):
        data.get("mnist").download(lambda done, total: None)


def test_a_file_that_may_not_be_read_is_reported(place, monkeypatch, published):
    published.lay(place / "MNIST/raw", published.idx_files())

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert "Permission denied" in sentence_of("mnist")


def _images(*sizes):
    return b"\0\0\x08\x03" + struct.pack(">3I", *sizes) + bytes(sizes[0] * sizes[1] * sizes[2])


DAMAGES = {
    "cut short": ("train-images-idx3-ubyte", lambda content: content[:-5], "should have 9,424 bytes, but has 9,419"),
    "too long": ("t10k-images-idx3-ubyte", lambda content: content + b"x", "should have"),
    "empty": ("train-labels-idx1-ubyte", lambda content: b"", "does not start like an IDX file"),
    "a web page": ("train-images-idx3-ubyte", lambda content: b"<!DOCTYPE html>" * 9,
                   "does not start like an IDX file"),
    "a label of 200": ("train-labels-idx1-ubyte", lambda content: content[:-1] + bytes([200]), "labels do not match"),
    "fewer labels": ("t10k-labels-idx1-ubyte",
                     lambda content: b"\0\0\x08\x01\0\0\0\x03" + bytes(3), "labels do not match"),
    "other images": ("train-images-idx3-ubyte", lambda content: _images(12, 8, 8), "no 28×28 images"),
    "no images": ("train-images-idx3-ubyte", lambda content: _images(0, 28, 28), "no 28×28 images"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_named(place, damage, published):
    name, spoil, reason = DAMAGES[damage]
    files = published.idx_files()
    published.lay(place / "MNIST/raw", {**files, name: spoil(files[name])})
    said = sentence_of("mnist")
    assert name in said and "is damaged" in said and reason in said


@pytest.mark.parametrize("spoil", [lambda packed: packed[:-20], lambda packed: packed[:40] + b"\xff" * 40 + packed[80:],
                                   lambda packed: b"not gzip"])
def test_a_damaged_compressed_file_is_named(place, spoil, published):
    files = {f"{name}.gz": gzip.compress(content) for name, content in published.idx_files().items()}
    files["train-images-idx3-ubyte.gz"] = spoil(files["train-images-idx3-ubyte.gz"])
    published.lay(place / "MNIST/raw", files)
    assert "train-images-idx3-ubyte.gz is damaged (it cannot be decompressed)" in sentence_of("mnist")


BATCHES = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]


class Bomb:
    def __reduce__(self):
        return (open, (Bomb.path, "w"))


def test_a_pickle_whose_checksum_is_not_the_published_one_is_never_opened(place, published):
    Bomb.path = str(place / "opened")
    published.lay(place / "cifar-10-batches-py", dict.fromkeys(BATCHES, pickle.dumps(Bomb())))
    assert data.is_available("cifar10")
    assert "data_batch_1 is damaged (its checksum does not match the published one)" in sentence_of("cifar10")
    assert not (place / "opened").exists()


def test_cifar_batches_become_images_in_channel_order(place, monkeypatch, published):
    files = published.cifar_files(monkeypatch)
    published.lay(place / "cifar-10-batches-py", files)
    train, test = data.load("cifar10")
    assert train.inputs.shape == (20, 3, 32, 32) and test.targets.tolist() == [0, 1, 2, 9]
    row = pickle.loads(files["data_batch_2"])["data"][1]
    assert train.inputs[5].flatten().tolist() == row.tolist()


@pytest.mark.parametrize(("system", "variable", "given", "expected"), [
    ("linux", "XDG_CACHE_HOME", "/caches", "/caches/layerscope"),
    ("linux", "XDG_CACHE_HOME", None, "/home/ada/.cache/layerscope"),
    ("darwin", "XDG_CACHE_HOME", "/caches", "/home/ada/Library/Caches/layerscope"),
    ("win32", "LOCALAPPDATA", "/local", "/local/layerscope"),
])
@pytest.mark.skipif(sys.platform == "win32", reason="the paths are written as POSIX has them")
def test_without_a_chosen_folder_it_is_the_systems_cache_folder(monkeypatch, system, variable, given, expected):
    monkeypatch.delenv("EXPLORER_DATA", raising=False)
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.delenv(variable, raising=False)
    if given:
        monkeypatch.setenv(variable, given)
    monkeypatch.setattr(sys, "platform", system)
    assert data.folder() == Path(expected)


def test_real_mnist_is_whole(real_mnist):
    train, test = real_mnist
    assert (len(train), len(test)) == (60_000, 10_000)
    assert torch.bincount(test.targets).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert train.targets[:5].tolist() == [5, 0, 4, 1, 9]
    assert float(train.inputs.float().mean() / 255) == pytest.approx(0.1307, abs=5e-5)
