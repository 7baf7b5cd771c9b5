"""Texts as tokens: characters, cut into pieces; what follows each character is the answer to be learned."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.data.dataset import TEXT, Dataset, Samples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

LETTERS = (*"abcdefghijklmnopqrstuvwxyz", " ", ".")  # 28, as many as the course's vocabulary has
PIECE = 64                # characters in a sample, unless a network takes another number
TEST_SHARE = 0.1


def to_letters(text: str) -> str:
    """A text in LETTERS alone: small letters, one space for all between words, a full stop where a sentence ends."""
    text = re.sub(r"[.!?]+", ".", text.lower())
    text = re.sub(r"[^a-z.]+", " ", text)
    return re.sub(r" ?\.[ .]*", ". ", text).strip(" ")


def encode(text: str, alphabet: Sequence[str]) -> list[int]:
    """The place of every character in the alphabet; characters that are not in it are left out."""
    places = {character: place for place, character in enumerate(alphabet)}
    return [places[character] for character in text if character in places]


def spell(text: str, alphabet: Sequence[str]) -> list[int]:
    """The tokens of what a person typed; in small letters where the alphabet has no capitals."""
    return encode(to_letters(text) + (" " if text.endswith(" ") else "")
                  if tuple(alphabet) == LETTERS else text, alphabet)


def decode(tokens: Sequence[int], alphabet: Sequence[str]) -> str:
    return "".join(alphabet[token] for token in tokens)


def cut(tokens: Tensor, length: int, alphabet: Sequence[str]) -> Samples:
    """Pieces of `length` characters side by side, and the same one character later: both int64 (sample, token).

    So every character but those of a rest at the end is read once an epoch. tokens: int64 (character,).
    """
    pieces = (len(tokens) - 1) // length
    return Samples(tokens[:pieces * length].view(pieces, length), tokens[1:pieces * length + 1].view(pieces, length),
                   tuple(alphabet), TEXT)


def recut(samples: Samples, length: int) -> Samples:
    """The same text in pieces of another length."""
    import torch

    return cut(torch.cat([samples.inputs.flatten(), samples.targets[-1, -1:]]), length, samples.class_names)


def split(tokens: list[int]) -> dict[str, list[int]]:
    """Its end is the test part: pieces from everywhere would be the neighbors of what was learned."""
    test = max(2, round(len(tokens) * TEST_SHARE))
    return {"train": tokens[:-test], "test": tokens[-test:]}


def _load(split_name: str) -> Samples:
    import torch

    text = to_letters((Path(__file__).parent / "alice.txt").read_text(encoding="ascii"))
    return cut(torch.tensor(split(encode(text, LETTERS))[split_name]), PIECE, LETTERS)


ALICE = Dataset(
    "alice", "Alice in Wonderland",
    "The whole book in small letters: 136,537 characters, of 28 kinds (the letters, the space, the full stop). "
    "The last tenth is the test part. It ships.",
    TEXT, (PIECE,), "public domain", "Lewis Carroll 1865, Alice's Adventures in Wonderland", load=_load,
    class_names=LETTERS)
