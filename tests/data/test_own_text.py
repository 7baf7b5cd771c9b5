"""A text of one's own, from the file to its samples."""

import pytest
import torch

from explorer import data
from explorer.data import own
from explorer.data.own import Refused
from explorer.data.own.local import read_local
from explorer.data.own.text_file import MAX_ALPHABET, MAX_BYTES, read_text
from explorer.data.texts import LETTERS, decode, to_letters

VERSE = "The quick brown fox jumps over the lazy dog. Is it a Übung? Yes!\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "data"))


def as_words(part):
    return decode(part.inputs.flatten().tolist(), part.class_names)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("only_letters", [True, False])
def test_a_text_is_kept_and_read_as_it_was(encoding, only_letters):
    prepared = read_text((VERSE * 60).encode(encoding), "verse.txt", only_letters)
    found = own.keep(prepared)
    train, test = data.load("own", {"id": found})
    dataset = data.get("own", {"id": found})
    words = to_letters(VERSE * 60) if only_letters else VERSE * 60
    assert dataset.kind is data.TEXT and train.inputs.dtype == train.targets.dtype == torch.int64
    assert words.startswith(as_words(train)) and as_words(test) in words
    assert (dataset.class_names == LETTERS) is only_letters
    assert torch.equal(train.inputs.flatten()[1:], train.targets.flatten()[:-1])
    assert f"{train.inputs.numel():,} training and" in str(dataset.summary)


def test_line_ends_are_one_character_and_the_rarest_are_left_out():
    many = "".join(chr(0x4E00 + place) for place in range(400))
    prepared = read_text((VERSE.replace("\n", "\r\n") * 60 + many).encode(), "many.txt", only_letters=False)
    assert len(prepared.record.class_names) == MAX_ALPHABET and "\r" not in prepared.record.class_names
    assert "Left out as too rare" in str(prepared.record.done[0])
    assert set(VERSE) <= set(prepared.record.class_names)


@pytest.mark.parametrize(("content", "words"), [
    (b"", "has 0 usable characters"), (b"short", "at least 2,000"), (b"\xff\xfe\x00", "not text in UTF-8"),
    (b"MZ\x90\x00\x03" * 1000, "not text in UTF-8"), (b"\x80" * 3000, "not text in UTF-8"),
    ("日本" * 3000, "has 0 usable characters"), (b"a" * (MAX_BYTES + 1), "too long"),
])
def test_what_is_no_text_is_refused_in_a_sentence(content, words):
    with pytest.raises(Refused) as caught:
        read_text(content if isinstance(content, bytes) else content.encode(), "file.txt")
    assert words in str(caught.value.sentence) and str(caught.value.sentence).endswith(".")


def test_a_file_of_this_machine_is_read_by_its_ending(tmp_path):
    (tmp_path / "book.txt").write_text(VERSE * 60)
    assert read_local(tmp_path / "book.txt").record.kind is data.TEXT
    with pytest.raises(Refused, match="cannot be read"):
        read_local(tmp_path / "none.txt")
