"""Ids of people's own data sets: made from their bytes, so that a recipe finds its data on every machine and version.

These ids may never change. They stand in recipes, links and runs, and a person who loads the same file with the same
choices must get the data set that those name. An id is a digest of the tensors and of record.json, and in that are the
templates of what was done to the file: so a template may not be reworded, not even to correct its English, nor a key
of the record be renamed. Every such template occurs here.
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for own_files

from own_files import csv_of, picture, random_pictures, zipped

from explorer.data import NUMBERS, own
from explorer.data.own import images, tables
from explorer.data.own.text_file import read_text

ROWS = range(40)
TABLE = {"size": [(7 * row) % 11 for row in ROWS], "color": [("red", "blue", "NA")[row % 3] for row in ROWS],
         "": [(5 * row) % 13 for row in ROWS], "kind": [row % 2 for row in ROWS]}
TABLE_BYTES = csv_of(TABLE).replace(b"blue", b"bl\xfc") + b"\n1,2\n"
TALE = "The quick brown fox jumps over the lazy dog. Is it late?\n" * 60
RARE = "".join(chr(0x4E00 + place) for place in range(300))
WIDE = picture([[[90, 60, 30]] * 16] * 8)
PICTURES = {**random_pictures(("cat", "dog"), 5, (8, 8, 3)), "cat/wide.png": WIDE, "one/a.png": WIDE}
PARTS = {f"{part}/{path}": content for part in ("train", "test")
         for path, content in random_pictures(("cat", "dog"), 3, (8, 8, 3)).items()}


def table(target, **choices):
    return tables.prepare(tables.read_table(TABLE_BYTES, "table.csv"), target, **choices)


def pictures(files, **choices):
    return images.read_images(zipped(files), "pets.zip", size_px=8, **choices)


def with_odd_files(monkeypatch):
    """Pictures beside files that are left out: unreadable, too large, in no class's folder."""
    monkeypatch.setattr(images, "MAX_PIXELS", 200)
    return pictures({**PICTURES, "cat/broken.png": b"MZ", "dog/large.png": picture([[[1, 2, 3]] * 20] * 20),
                     "loose.png": WIDE})


def in_a_folder(folder):
    for path, content in random_pictures(("cat", "dog"), 5, (8, 8, 3)).items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(content)
    return images.read_images(folder, "pets", size_px=8)


@pytest.mark.parametrize(("prepare", "id"), [
    (lambda _folder, _patch: table("kind"), "17d28ef0cbd30eaba8ba38e66d0b4007"),
    (lambda _folder, _patch: table("kind", kind=NUMBERS), "b98f6a612e068654aea4f79b2e3b9d7a"),
    (lambda _folder, _patch: table("kind", features=["size"], standardize=False), "7b5e545e5b964d8c779f7f4a153ab800"),
    (lambda _folder, _patch: read_text(TALE.encode(), "tale.txt"), "9cc211a7ba6c4c089c8e3c94eb4b638d"),
    (lambda _folder, _patch: read_text((TALE + RARE).encode(), "tale.txt", only_letters=False),
     "fdcfb9219a65b8a83d511d751f241626"),
    (lambda folder, _patch: in_a_folder(folder), "030a55e59c1bae76930aea715829f9be"),
    (lambda _folder, patch: with_odd_files(patch), "5adb05697a49671035378ecc3be60485"),
    (lambda _folder, _patch: pictures(PARTS, color=False), "ca724372d16710bdcbc197c407049839"),
])
def test_a_file_with_the_same_choices_has_the_id_it_has_always_had(tmp_path, monkeypatch, prepare, id):
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "data"))
    (tmp_path / "pets").mkdir()
    assert own.keep(prepare(tmp_path / "pets", monkeypatch)) == id
