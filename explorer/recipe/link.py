"""A recipe inside an address: compressed JSON as letters, digits, `-` and `_`, that any Layerscope can open."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib

from explorer.document import DocumentError
from explorer.recipe.recipe import Recipe
from explorer.text import text

PARAMETER = "recipe"  # in the page's address
MAX_CHARACTERS = 7_500  # many servers between two people refuse addresses from 8,192 on
_MAX_BYTES = 1_000_000  # after unpacking; a recipe of this house packs to about a third of its size
_PACKED = re.compile(r"[A-Za-z0-9_-]+")
_DAMAGED = text("The recipe in this address is damaged. Copy the whole address once more, or ask for the recipe as a "
                "file.")


class TooLong(ValueError):
    """The recipe does not fit into an address; `characters` is what it would take."""

    def __init__(self, characters: int) -> None:
        super().__init__(f"{characters} characters")
        self.characters = characters


def pack_recipe(recipe: Recipe) -> str:
    """Pack a recipe into the value of `recipe=` in an address. Raises TooLong.

    >>> from explorer import zoo
    >>> unpack_recipe(pack_recipe(zoo.recipe("lenet"))).network.name
    'LeNet'
    """
    content = json.dumps(recipe.to_dict(), separators=(",", ":"), ensure_ascii=False).encode()
    packed = base64.urlsafe_b64encode(zlib.compress(content, 9)).decode("ascii").rstrip("=")
    if len(packed) > MAX_CHARACTERS:
        raise TooLong(len(packed))
    return packed


def unpack_recipe(packed: str) -> Recipe:
    """Read the recipe in an address. Raises DocumentError with one sentence, whatever is wrong with it.

    No more than a million bytes are unpacked, whatever the address claims to hold.
    """
    if len(packed) > MAX_CHARACTERS:
        raise DocumentError(text("The recipe in this address is too long ({count:,} characters; at most {most:,}). "
                                 "Ask for it as a file.", count=len(packed), most=MAX_CHARACTERS))
    if not _PACKED.fullmatch(packed):
        raise DocumentError(_DAMAGED)
    try:
        compressed = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        opener = zlib.decompressobj()
        content = opener.decompress(compressed, _MAX_BYTES)
    except (binascii.Error, zlib.error):
        raise DocumentError(_DAMAGED) from None
    if not opener.eof:  # cut short, or more than a million bytes
        raise DocumentError(_DAMAGED)
    return Recipe.loads(content)
