"""A person's own text: decoded, converted to tokens of an alphabet, cut into pieces.

The templates in `done` are part of a data set's id and may never change: tests/data/test_own_ids.py explains why.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from explorer.data.dataset import TEXT
from explorer.data.own.record import Prepared, Record, Refused, short
from explorer.data.texts import LETTERS, PIECE, encode, split, to_letters
from explorer.text import Text, text

MAX_BYTES = 20_000_000
MIN_CHARACTERS = 2_000
MAX_ALPHABET = 250


def read_text(source: bytes | Path, name: str, only_letters: bool = True) -> Prepared:
    """Read a text in UTF-8 or UTF-16; its last tenth is the test set.

    only_letters: reduced to the 28 characters that the zoo's networks know, else with all its characters, but the
    rarest if there are too many. Raises Refused, and OSError if the file cannot be read.
    """
    words = _decode(source if isinstance(source, bytes) else _read(source, name), name)
    done: list[Text] = []
    if only_letters:
        words, alphabet = to_letters(words), LETTERS
        done.append(text("Small letters, spaces and full stops alone."))
    else:
        alphabet, left_out = _alphabet_of(words)
        if left_out:
            done.append(text("Left out as too rare: {count:,} different characters.", count=left_out))
    tokens = encode(words, alphabet)
    if len(tokens) < MIN_CHARACTERS:
        raise Refused(text("{file} has {count:,} usable characters; at least {least:,} are needed.",
                           file=short(name), count=len(tokens), least=MIN_CHARACTERS))
    parts = {part: _pieces(piece) for part, piece in split(tokens).items()}
    counts = tuple(len(parts[part][0]) for part in ("train", "test"))
    return Prepared(Record(short(name), name, TEXT, (PIECE,), tuple(alphabet), (), counts, tuple(done)), parts)


def _read(path: Path, name: str) -> bytes:
    if path.stat().st_size > MAX_BYTES:
        raise _too_long(name)
    return path.read_bytes()


def _too_long(name: str) -> Refused:
    return Refused(text("{file} is too long: at most {limit:,} bytes of text can be read.", file=short(name),
                        limit=MAX_BYTES))


def _decode(content: bytes, name: str) -> str:
    if len(content) > MAX_BYTES:
        raise _too_long(name)
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        words = content.decode(encoding)
    except UnicodeDecodeError:
        words = "\0"
    if "\0" in words:
        raise Refused(text("{file} is not text in UTF-8. Save it as plain text.", file=short(name)))
    return words.replace("\r\n", "\n").replace("\r", "\n")


def _alphabet_of(words: str) -> tuple[tuple[str, ...], int]:
    """List the characters that occur, in order, and count the rarest, which were left out."""
    counts = Counter(words)
    kept = [character for character, _count in counts.most_common(MAX_ALPHABET)]
    return tuple(sorted(kept)), len(counts) - len(kept)


def _pieces(tokens: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Cut into pieces, and the same pieces one character later: both uint8 (sample, token)."""
    array = np.array(tokens, np.uint8)
    count = (len(array) - 1) // PIECE
    return array[:count * PIECE].reshape(count, PIECE), array[1:count * PIECE + 1].reshape(count, PIECE)
