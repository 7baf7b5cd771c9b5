"""Store of a person's own composite blocks ("My blocks"), each a network under a name, to use in any network."""

from __future__ import annotations

import itertools
import os
import re
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from explorer.document import DocumentError, Network
from explorer.files.atomic import Stamp, stamp_of
from explorer.files.json_files import MAX_NAME_LENGTH, checked_name, read_object, told_as, write_object
from explorer.files.lock import locked
from explorer.text import Text, text

_OWNER = re.compile(r"[0-9a-f]{32}|")
_FILE = re.compile(r"([0-9a-f]{32})\.json")
_CANNOT_OPEN = text("This block cannot be opened.")
_GONE = text("This block no longer exists.")


@dataclass(frozen=True)
class KeptBlock:
    """One of a person's blocks. `problem` describes a problem with its file; a damaged one goes by its id."""

    id: str
    name: str
    digest: str = ""
    problem: Text | None = None


class BlockStore:
    """The blocks of one owner (a browser's key), or with an empty owner those that everybody shares."""

    def __init__(self, folder: Path, owner: str = "") -> None:
        """Open the store in `folder`, which holds the blocks of all owners. Raises DocumentError for an invalid owner.
        """
        if not isinstance(owner, str) or not _OWNER.fullmatch(owner):
            raise DocumentError(text("This is not a browser's key."))
        self.folder = folder / (owner or "shared")

    def list(self) -> list[KeptBlock]:
        """List all blocks by name; damaged ones, with their problem, at the end."""
        try:
            paths = [self.folder / name for name in os.listdir(self.folder) if _FILE.fullmatch(name)]
        except OSError:
            return []
        blocks = [_read_block(path, stamp) for path in paths if (stamp := stamp_of(path))]
        return sorted(blocks, key=lambda block: (block.problem is not None, block.name.casefold(), block.name))

    def get(self, name: str) -> Network:
        """Read the network of a block. Raises DocumentError where it was deleted or is damaged."""
        path = self._path(self._find(name))
        try:
            with told_as(_CANNOT_OPEN):
                return Network.from_dict(read_object(path).get("network"))
        except FileNotFoundError:
            raise DocumentError(_GONE) from None

    def keep(self, name: str, network: Network) -> str:
        """Keep a block and return its name, with a number appended where another block has that name.

        The same network under the same name is kept once. Raises OSError, and DocumentError for a name that cannot be.
        """
        wanted = checked_name(name)
        with locked(self.folder):
            taken = {block.name: block.digest for block in self.list()}
            name = next(name for name in _numbered(wanted) if taken.get(name) in (None, network.digest))
            if name not in taken:
                self._write(secrets.token_hex(16), name, network)
            return name

    def rename(self, name: str, to: str) -> None:
        """Rename a block. Raises OSError; DocumentError where it was deleted, is damaged, or the name is taken."""
        to = checked_name(to)
        with locked(self.folder):
            block, network = self._find(name), self.get(name)
            if to != block.name and any(other.name == to for other in self.list()):
                raise DocumentError(text("Another of your blocks has this name already."))
            self._write(block.id, to, network)

    def delete(self, name: str) -> None:
        """Delete a block, damaged or not. Raises OSError, and DocumentError where it was already deleted."""
        with locked(self.folder):
            self._path(self._find(name)).unlink(missing_ok=True)

    def _find(self, name: str) -> KeptBlock:
        found = next((block for block in self.list() if block.name == name), None)
        if found is None:
            raise DocumentError(_GONE)
        return found

    def _path(self, block: KeptBlock) -> Path:
        return self.folder / f"{block.id}.json"

    def _write(self, block_id: str, name: str, network: Network) -> None:
        write_object(self.folder / f"{block_id}.json", {"name": name, "network": network.to_dict()})


@lru_cache(maxsize=1024)
def _read_block(path: Path, stamp: Stamp) -> KeptBlock:
    """Read a block for a list; a new `stamp` reads a changed file again."""
    try:
        with told_as(_CANNOT_OPEN):
            stored = read_object(path)
            if not isinstance(stored.get("name"), str):
                raise DocumentError(text("Its file is damaged."))
            network = Network.from_dict(stored.get("network"))
            return KeptBlock(path.stem, checked_name(stored["name"]), network.digest)
    except (DocumentError, FileNotFoundError) as error:
        problem = error.sentence if isinstance(error, DocumentError) else _GONE
        return KeptBlock(path.stem, path.stem, problem=problem)


def _numbered(name: str) -> itertools.chain[str]:
    """Yield the name itself, then with 2, 3, ... appended, cut to a valid length."""
    numbers = (f" {number}" for number in itertools.count(2))
    return itertools.chain([name], (f"{name[:MAX_NAME_LENGTH - len(end)].rstrip()}{end}" for end in numbers))
