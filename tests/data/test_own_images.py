"""A person's own images: read from a zip or a folder, or refused in one sentence."""

import io
import struct
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))  # for own_files

from own_files import picture, random_pictures, zipped

from explorer import data
from explorer.data import own
from explorer.data.own import archive, images


def read(files, name="pets.zip", **choices):
    return images.read_images(zipped(files) if isinstance(files, dict) else files, name, **choices)


def refusal(files, **choices) -> str:
    with pytest.raises(own.Refused) as caught:
        read(files, **choices)
    sentence = str(caught.value)
    assert sentence.endswith(".") and len(sentence) < 300 and "{" not in sentence
    return sentence


def notes(prepared) -> str:
    return " ".join(map(str, prepared.record.done))


def test_every_pixel_of_an_image_at_its_size_is_kept_under_its_folders_name():
    files = random_pictures(("dog", "cat"), 10)
    prepared = read(files, size_px=12)
    assert prepared.record.class_names == ("cat", "dog") and prepared.record.shape == (3, 12, 12)
    expected = {(path.split("/")[0], np.asarray(Image.open(io.BytesIO(content))).tobytes())
                for path, content in files.items()}
    found = {(prepared.record.class_names[target], image.transpose(1, 2, 0).tobytes())
             for inputs, targets in prepared.parts.values() for image, target in zip(inputs, targets)}
    assert found == expected


def test_gray_and_resizing_are_what_pillow_makes_of_them():
    rs = np.random.RandomState(1)
    values = {name: rs.randint(0, 256, (16, 16, 3)).astype(np.uint8) for name in "ab"}
    prepared = read({f"{name}/{i}.png": picture(one) for name, one in values.items() for i in range(2)}, size_px=8,
                    color=False)
    for inputs, targets in prepared.parts.values():
        for image, target in zip(inputs, targets):
            expected = np.asarray(Image.fromarray(values["ab"[target]]).convert("L").resize((8, 8), Image.BILINEAR))
            assert image.shape == (1, 8, 8) and np.abs(image[0].astype(int) - expected).max() <= 1


def test_of_a_wide_image_the_middle_square_is_taken():
    wide = np.zeros((8, 24, 3), np.uint8)
    wide[:, 8:16] = 200
    prepared = read({f"{name}/{i}.png": picture(wide) for name in "ab" for i in range(3)}, size_px=8)
    assert all((inputs == 200).all() for inputs, _ in prepared.parts.values())
    assert "6 images that are no squares" in notes(prepared)


def test_a_fifth_of_every_class_is_the_test_part_and_the_same_fifth_every_time():
    files = random_pictures(("a", "b", "c"), 10) | random_pictures(("d",), 5)
    prepared, again = read(files), read(files)
    (train, train_targets), (test, test_targets) = prepared.parts["train"], prepared.parts["test"]
    assert np.bincount(train_targets).tolist() == [8, 8, 8, 4] and np.bincount(test_targets).tolist() == [2, 2, 2, 1]
    assert prepared.record.counts == (28, 7)
    assert np.array_equal(test, again.parts["test"][0])
    assert not {one.tobytes() for one in train} & {one.tobytes() for one in test}


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "WEBP"])
def test_every_promised_format_is_read(kind):
    flat = {f"{name}/{i}.x": picture(np.full((20, 20, 3), 40 + 100 * ("ab".index(name))), kind)
            for name in "ab" for i in range(2)}
    prepared = read(flat, size_px=16)
    for inputs, targets in prepared.parts.values():
        assert np.abs(inputs.astype(int) - (40 + 100 * targets)[:, None, None, None]).max() <= 3


def test_transparent_is_white_sixteen_bits_are_eight_and_a_palette_has_colors():
    clear = picture(np.dstack([np.zeros((9, 9, 3)), np.zeros((9, 9))]))
    deep = io.BytesIO()
    Image.fromarray(np.full((9, 9), 128 * 256, np.uint16)).save(deep, "PNG")
    palette = io.BytesIO()
    Image.new("RGB", (9, 9), (10, 20, 30)).convert("P", palette=Image.Palette.ADAPTIVE).save(palette, "PNG")
    prepared = read({"a/1.png": clear, "b/1.png": deep.getvalue(), "c/1.png": palette.getvalue(),
                     "d/1.png": clear, "d/2.png": clear}, size_px=9)  # one of d is the test set
    assert [inputs[:, 0, 0].tolist() for inputs in prepared.parts["train"][0]] == \
        [[255] * 3, [128] * 3, [10, 20, 30], [255] * 3]


def test_one_folder_around_all_hidden_files_and_those_of_macos_make_no_difference():
    plainly = random_pictures()
    around = {f"my pets/{path}": content for path, content in plainly.items()}
    clutter = {"__MACOSX/my pets/cat/._000.png": b"x", "my pets/.DS_Store": b"x", "my pets/cat/.hidden.png": b"x",
               "my pets/cat/Thumbs.db": b"x"}
    one, other = read(plainly), read(around | clutter)
    assert one.record == other.record
    assert all(np.array_equal(a, b) for part in one.parts for a, b in zip(one.parts[part], other.parts[part]))


def test_folders_named_train_and_test_are_the_parts():
    files = random_pictures(top="set/train/") | random_pictures(count=3, top="set/test/")
    prepared = read(files)
    assert prepared.record.class_names == ("cat", "dog") and prepared.record.counts == (20, 6)
    assert "as the folders say: test, train" in notes(prepared)


def test_a_local_folder_is_read_like_a_zip(tmp_path):
    files = random_pictures()
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    (tmp_path / "cat" / "link.png").symlink_to(tmp_path / "dog" / "000.png")
    one, other = read(files), images.read_images(tmp_path, "pets.zip")
    assert one.record == other.record
    assert np.array_equal(one.parts["train"][0], other.parts["train"][0])


def test_paths_written_on_windows_are_understood():
    files = {path.replace("/", "\\"): content for path, content in random_pictures().items()}
    assert read(files).record.class_names == ("cat", "dog")


def test_what_is_kept_is_loaded_by_any_process_under_its_id(place):
    prepared = read(random_pictures())
    found = own.keep(prepared)
    dataset = data.get("own", {"id": found})
    assert (dataset.title, dataset.shape, dataset.classes, dataset.kind) == ("pets", (3, 32, 32), 2, data.LABELS)
    train, test = data.load("own", {"id": found})
    assert torch.equal(train.inputs, torch.from_numpy(prepared.parts["train"][0])) and len(test) == 4
    assert train.inputs.dtype == torch.uint8 and train.class_names == ("cat", "dog")
    assert data.is_available("own", {"id": found})


def test_the_same_file_with_the_same_choices_has_the_same_id_on_every_machine(place, monkeypatch, tmp_path):
    found = own.keep(read(random_pictures()))
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "another"))
    assert own.keep(read(random_pictures())) == found != own.keep(read(random_pictures(), size_px=16))


def test_one_sees_ones_own_and_what_is_everybodys_and_it_is_gone_once_it_is_nobodys(place):
    mine, theirs = "a" * 32, "b" * 32
    found, shared = own.keep(read(random_pictures()), mine), own.keep(read(random_pictures(), size_px=8))
    assert own.keep(read(random_pictures()), theirs) == found
    assert {(one.id, one.is_own) for one in own.kept(mine)} == {(found, True), (shared, False)}
    own.delete(found, mine)
    assert [one.id for one in own.kept(mine)] == [shared] and data.is_available("own", {"id": found})
    own.delete(found, theirs)
    assert not data.is_available("own", {"id": found})
    with pytest.raises(data.DataMissing, match="not on this machine"):
        data.get("own", {"id": found})


def test_an_owner_keeps_no_more_than_a_shelf_holds(place, monkeypatch):
    monkeypatch.setattr(own.shelf, "MAX_SETS_AN_OWNER", 1)
    own.keep(read(random_pictures()), "a" * 32)
    with pytest.raises(own.Refused, match="the most there can be"):
        own.keep(read(random_pictures(), size_px=8), "a" * 32)


@pytest.mark.parametrize("found", ["", "../../etc", "a" * 32, "A" * 32, "a" * 31, "a/../" + "a" * 27])
def test_an_id_that_names_nothing_here_is_one_clear_sentence(place, found):
    with pytest.raises(data.DataMissing) as caught:
        data.load("own", {"id": found})
    assert "hoose" in str(caught.value)


@pytest.mark.parametrize("name", ["record.json", "train.safetensors"])
@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 9000, b"\0" * 64,
                                     b'{"title": 1, "shape": [1], "done": [{"template": "{x}", "values": {}}]}'])
def test_a_damaged_file_on_the_shelf_is_one_clear_sentence(place, name, content):
    found = own.keep(read(random_pictures()))
    (place / "own" / found / name).write_bytes(content)
    with pytest.raises(data.DataMissing, match="missing or damaged"):
        data.get("own", {"id": found}).load("train", id=found)
    assert [one.id for one in own.kept()] == [found]  # still there to be deleted


def test_nothing_is_left_behind_where_the_disk_fills_up(place, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError):
        own.keep(read(random_pictures()))
    assert own.kept() == [] and not [file for file in (place / "own").rglob("*") if file.is_file()]


@pytest.mark.parametrize("path", ["../cat/1.png", "cat/../../1.png", "/cat/1.png", "\\cat\\1.png", "C:\\cat\\1.png",
                                  "cat\\..\\..\\1.png"])
def test_a_path_that_points_outside_the_zip_is_refused(path):
    assert "points outside the zip" in refusal(random_pictures() | {path: picture(np.zeros((9, 9, 3)))})


def test_a_link_in_a_zip_is_refused():
    file = zipped(random_pictures())
    with zipfile.ZipFile(file, "a") as packed:
        link = zipfile.ZipInfo("cat/passwords.png")
        link.external_attr = 0o120777 << 16
        packed.writestr(link, "/etc/passwd")
    assert "passwords.png is a link" in refusal(file)


def test_an_encrypted_zip_is_refused():
    content = bytearray(zipped(random_pictures()).getvalue())
    for start in (i for i in range(len(content)) if content[i:i + 4] == b"PK\x01\x02"):
        content[start + 8] |= 1
    assert "needs a password" in refusal(io.BytesIO(content))


def test_a_zip_that_unpacks_to_far_more_than_its_size_is_refused():
    assert "more than 100 times its size" in refusal(random_pictures() | {
        f"cat/{i}.bmp": bytes(archive.MAX_FILE_BYTES - 1) for i in range(3)})


def test_a_file_that_unpacks_to_more_than_the_zip_says_is_refused_while_it_is_read(monkeypatch):
    monkeypatch.setattr(archive, "MAX_FILE_BYTES", 1_000_000)
    content = bytearray(zipped({"cat/1.bmp": bytes(9_000_000)}).getvalue())
    said_size = struct.pack("<I", 9_000_000)
    content = bytes(content).replace(said_size, struct.pack("<I", 900))
    sentence = refusal(io.BytesIO(content))
    assert "larger than 1.0 MB" in sentence or "damaged" in sentence or "no image" in sentence


def test_a_zip_too_large_in_all_is_refused(monkeypatch):
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 5_000)
    assert "it unpacks to more than 5.00 kB" in refusal(random_pictures())


def test_too_many_files_are_refused_before_any_is_read(monkeypatch):
    monkeypatch.setattr(archive, "MAX_FILES", 10)
    assert "more than 10 files" in refusal(random_pictures())
    monkeypatch.setattr(archive, "MAX_DIRECTORY_BYTES", 100)
    assert "more than 10 files" in refusal(random_pictures())


def test_a_way_of_packing_that_could_swell_without_bounds_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as packed:
        packed.writestr("cat/1.png", b"x" * 1000)
    assert "unsupported compression" in refusal(file)


def test_a_file_that_is_no_zip_and_an_empty_or_torn_one_are_refused():
    assert "is not a zip file, despite its name" in refusal(io.BytesIO(b"MZ" + bytes(range(256)) * 30))
    assert "is empty" in refusal(io.BytesIO(b""))
    assert "not a zip file" in refusal(io.BytesIO(zipped(random_pictures()).getvalue()[:2000]))
    torn = bytearray(zipped(random_pictures()).getvalue())
    torn[40:400] = bytes(360)
    assert "damaged" in refusal(io.BytesIO(torn))


def huge_png(width, height):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b""))


@pytest.mark.parametrize("size", [(60_000, 60_000), (10_000, 9_000)])
def test_an_image_of_too_many_pixels_is_left_out_before_it_is_decoded(size):
    prepared = read(random_pictures() | {"cat/huge.png": huge_png(*size)})
    assert prepared.record.counts == (16, 4)
    assert "more than 50,000,000 pixels: 1 (the first: cat/huge.png)" in notes(prepared)


def test_too_many_pixels_in_all_and_too_many_images_are_refused(monkeypatch):
    monkeypatch.setattr(images, "MAX_TOTAL_PIXELS", 1000)
    assert "more than 1,000 pixels in total" in refusal(random_pictures())
    monkeypatch.setattr(images, "MAX_KEPT_BYTES", 30_000)
    assert "At 32×32 at most 9 images" in refusal(random_pictures(size=(2, 2, 3)))


def test_files_that_are_no_images_are_counted_and_named():
    files = random_pictures() | {"cat/virus.png": b"MZ\x90\0" + b"\0" * 400, "notes.txt": b"hello",
                                 "cat/torn.png": picture(np.zeros((99, 99, 3)))[:60]}
    prepared = read(files)
    assert prepared.record.counts == (16, 4)
    assert "no image that can be read: 3 (the first: cat/virus.png)" in notes(prepared)


def test_images_outside_of_any_folder_are_counted():
    prepared = read(random_pictures() | {"stray.png": picture(np.zeros((9, 9, 3)))})
    assert prepared.record.counts == (16, 4) and "in no class's folder: 1 (the first: stray.png)" in notes(prepared)


def test_an_image_beside_the_classes_does_not_hide_the_folder_around_them():
    files = random_pictures(top="my pets/") | {"my pets/all.png": picture(np.zeros((9, 9, 3)))}
    assert read(files).record.class_names == ("cat", "dog") and read(files).record.counts == (16, 4)


def test_one_class_no_class_and_no_image_are_refused():
    assert "only one class" in refusal(random_pictures(("cat",)))
    assert "only one class" in refusal({"1.png": picture(np.zeros((9, 9, 3)))})
    assert "no readable image" in refusal({"cat/1.txt": b"hello", "dog/1.txt": b"hello"})


def test_too_many_classes_are_refused(monkeypatch):
    monkeypatch.setattr(images, "MAX_CLASSES", 2)
    assert "contains 3 folders; at most 2 classes" in refusal(random_pictures(("a", "b", "c")))


def test_a_class_with_one_image_is_only_trained_on_and_that_is_noted():
    prepared = read(random_pictures() | random_pictures(("owl",), 1))
    assert np.bincount(prepared.parts["test"][1], minlength=3).tolist() == [2, 2, 0]
    assert "single image, which is only trained on: 1 (owl)" in notes(prepared)


@pytest.mark.parametrize("seed", range(30))
def test_a_zip_with_random_damage_is_read_or_refused(seed):
    rs, content = np.random.RandomState(seed), bytearray(zipped(random_pictures(count=4)).getvalue())
    for _ in range(20):
        content[rs.randint(len(content))] = rs.randint(256)
    try:
        read(io.BytesIO(content))
    except own.Refused as error:
        assert str(error).endswith(".")
