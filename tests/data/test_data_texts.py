"""Texts as samples: every character once, and its successor as the answer."""

from pathlib import Path

import pytest
import torch

from explorer import data
from explorer.data.texts import LETTERS, cut, decode, encode, recut, spell, split, to_letters


def test_a_text_in_letters_reads_as_before():
    assert to_letters("`Oh dear!  Oh dear!' she said:\n 2 o'clock?...") == "oh dear. oh dear. she said o clock. "[:-1]
    assert decode(encode("down the hole.", LETTERS), LETTERS) == "down the hole."
    assert decode(spell("What a CURIOUS feeling! ", LETTERS), LETTERS) == "what a curious feeling.  "[:-1]
    assert spell("Ä", LETTERS) == [] and spell("bA", ("A", "b")) == [1, 0]


def test_the_book_is_there_from_its_first_words_to_its_last():
    train, test = data.load("alice")
    assert decode(train.inputs.flatten()[:39].tolist(), LETTERS) == "chapter i down the rabbit hole alice wa"
    assert "remembering her own child life" in decode(test.inputs.flatten().tolist(), LETTERS)
    book = to_letters((Path(data.__file__).parent / "alice.txt").read_text())
    assert f"{len(book):,} characters" in data.get("alice").summary
    assert 0 <= len(book) - train.inputs.numel() - test.inputs.numel() <= 2 * 65


def test_the_answer_to_every_character_is_the_one_after_it():
    tokens = torch.arange(23) % 7
    samples = cut(tokens, 5, tuple("abcdefg"))
    assert samples.inputs.tolist() == [tokens[i:i + 5].tolist() for i in (0, 5, 10, 15)]
    assert samples.targets.tolist() == [tokens[i + 1:i + 6].tolist() for i in (0, 5, 10, 15)]
    again = recut(samples, 3)
    assert torch.equal(again.inputs.flatten(), tokens[:18]) and torch.equal(again.targets.flatten(), tokens[1:19])


def test_the_test_part_is_the_end_of_the_text():
    parts = split(list(range(100)))
    assert parts["train"] + parts["test"] == list(range(100)) and len(parts["test"]) == 10


@pytest.mark.parametrize("length", [1, 7, 32, 64, 300])
def test_a_network_gets_pieces_of_its_own_length(length):
    dataset, (train, _test) = data.get("alice"), data.load("alice")
    fitted, note = data.fit(train, (length,), dataset)
    assert fitted.inputs.shape[1] == length and fitted.inputs.dtype == torch.int64
    count = fitted.inputs.numel()
    assert torch.equal(fitted.inputs.flatten(), train.inputs.flatten()[:count])
    assert (note is None) == (length == 64) and note == data.fit_note(dataset, (length,))


def test_a_network_that_cannot_read_a_text_gets_a_reason():
    dataset, (train, _test) = data.get("alice"), data.load("alice")
    assert "a sequence of characters" in str(data.can_fit(dataset, (1, 28, 28)))
    with pytest.raises(data.Misfit, match="too short"):
        data.fit(train, (100_000,), dataset)
