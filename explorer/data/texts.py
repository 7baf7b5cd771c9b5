"""Texts as tokens: characters, cut into pieces; the target of each character is the next one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.data.dataset import TEXT, Dataset, Samples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

LETTERS = (*"abcdefghijklmnopqrstuvwxyz", " ", ".")  # 28, as many as the course's vocabulary has
PIECE = 64                # characters per sample, unless a network takes another number
TEST_SHARE = 0.1


def to_letters(text: str) -> str:
    """Reduce a text to LETTERS: lowercase, one space between words, one period at the end of a sentence."""
    text = re.sub(r"[.!?]+", ".", text.lower())
    text = re.sub(r"[^a-z.]+", " ", text)
    return re.sub(r" ?\.[ .]*", ". ", text).strip(" ")


def encode(text: str, alphabet: Sequence[str]) -> list[int]:
    """Convert characters to their indices in the alphabet, leaving out characters that are not in it."""
    places = {character: place for place, character in enumerate(alphabet)}
    return [places[character] for character in text if character in places]


def spell(text: str, alphabet: Sequence[str]) -> list[int]:
    """Convert what a person typed to tokens, in lowercase if the alphabet is LETTERS."""
    return encode(to_letters(text) + (" " if text.endswith(" ") else "")
                  if tuple(alphabet) == LETTERS else text, alphabet)


def decode(tokens: Sequence[int], alphabet: Sequence[str]) -> str:
    return "".join(alphabet[token] for token in tokens)


def cut(tokens: Tensor, length: int, alphabet: Sequence[str]) -> Samples:
    """Cut a text into consecutive pieces of `length` characters, with the same pieces one character later as targets.

    Both are int64 (sample, token). Each epoch reads every character once, except a remainder at the end. tokens: int64
    (character,).
    """
    pieces = (len(tokens) - 1) // length
    return Samples(tokens[:pieces * length].view(pieces, length), tokens[1:pieces * length + 1].view(pieces, length),
                   tuple(alphabet), TEXT)


def recut(samples: Samples, length: int) -> Samples:
    """Cut samples of a text again, into pieces of another length."""
    import torch

    return cut(torch.cat([samples.inputs.flatten(), samples.targets[-1, -1:]]), length, samples.class_names)


def split(tokens: list[int]) -> dict[str, list[int]]:
    """Split off the end as the test set: pieces from everywhere would be neighbors of training pieces."""
    test = max(2, round(len(tokens) * TEST_SHARE))
    return {"train": tokens[:-test], "test": tokens[-test:]}


def _load(split_name: str) -> Samples:
    import torch

    text = to_letters((Path(__file__).parent / "alice.txt").read_text(encoding="ascii"))
    return cut(torch.tensor(split(encode(text, LETTERS))[split_name]), PIECE, LETTERS)


ALICE = Dataset(
    "alice", "Alice in Wonderland",
    "The whole book in lowercase: 136,537 characters, 28 distinct (letters, space and period). The last tenth is the "
    "test set. Included.",
    TEXT, (PIECE,), "public domain", "Lewis Carroll 1865, Alice's Adventures in Wonderland", load=_load,
    class_names=LETTERS)
