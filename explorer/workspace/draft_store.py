"""The drafts folder: every network being edited, and its named versions; nothing a person made is ever overwritten.

`<id>.json` holds a draft, `<id>.versions/<number>.json` a version of it. Several tabs, and several servers, may write.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from explorer.document import DocumentError, NewerDocument
from explorer.files.atomic import Stamp, stamp_of
from explorer.files.json_files import checked_name, read_object, told_as, write_object
from explorer.files.lock import locked
from explorer.recipe import Recipe
from explorer.text import Text, text

MAX_VERSIONS = 200
_ID = re.compile(r"[0-9a-f]{32}")
_DRAFT_FILE = re.compile(r"[0-9a-f]{32}\.json")
_VERSION_FILE = re.compile(r"([0-9]{1,15})\.json")
_FAR_FUTURE_S = 1e11  # the year 5138; calendars end soon after
_CANNOT_OPEN = text("The saved network cannot be opened.")
_CANNOT_OPEN_VERSION = text("This version cannot be opened.")
_VERSION_GONE = text("This version no longer exists.")


@dataclass(frozen=True)
class Draft:
    """A recipe under an id; `owner` is the key of the browser that opened it.

    `origin` names the network of the zoo that was opened as it is, at its original size and for no data in particular.
    """

    id: str
    recipe: Recipe
    owner: str = ""
    origin: str = ""


@dataclass(frozen=True)
class Stored:
    """A draft as it is on disk; `stamp` changes with every write."""

    draft: Draft
    revision: int
    stamp: Stamp | None


@dataclass(frozen=True)
class Version:
    """A named state of a draft. `automatic`: kept by the app, and thinned when there are many.

    `problem` describes a problem with its file, None where there is none; a damaged one has no name and no digest.
    """

    number: int
    name: str
    created_s: float
    automatic: bool = False
    digest: str = ""
    problem: Text | None = None


@dataclass(frozen=True)
class Saved:
    """The outcome of saving; `conflict` is the version that keeps what another tab had written in the meantime."""

    revision: int
    stamp: Stamp | None
    conflict: Version | None = None


class DraftStore:
    """All drafts in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, draft_id: str) -> Stored:
        """Read the draft with this id. Raises DocumentError where the id is invalid, or its file is missing or damaged.
        """
        path = self._path(draft_id)
        stamp = stamp_of(path)  # before it is read: what is written in between is noticed later
        try:
            with told_as(_CANNOT_OPEN):
                stored = read_object(path)
                draft = Draft(draft_id, Recipe.from_dict(stored.get("recipe")), str(stored.get("owner", "")),
                              str(stored.get("origin", "")))
        except FileNotFoundError:
            raise DocumentError(text("The network in the page's address no longer exists.")) from None
        return Stored(draft, _revision(stored), stamp)

    def edited(self, owner: str, limit: int) -> list[Stored]:
        """List the networks that this owner, or nobody, edited last, newest first.

        What was opened and left as it was is none of them: there is a new draft every time a card on Home is opened.
        """
        try:
            paths = [self.folder / name for name in os.listdir(self.folder) if _DRAFT_FILE.fullmatch(name)]
        except OSError:
            return []
        stamped = sorted(((stamp, path) for path in paths if (stamp := stamp_of(path))), reverse=True)
        own = (path.stem for stamp, path in stamped if _editor(path, stamp) in ("", owner))
        return list(islice(self._readable(own), limit))

    def _readable(self, ids: Iterable[str]) -> Iterator[Stored]:
        for draft_id in ids:
            with suppress(DocumentError):
                yield self.load(draft_id)

    def stamp(self, draft_id: str) -> Stamp | None:
        """Return a stamp that changes with every write of this draft; None where it is not on disk."""
        return stamp_of(self._path(draft_id))

    def save(
        self, draft: Draft, writer: str, based_on_revision: int, translate: Callable[[str], str] = str,
    ) -> Saved:
        """Write a draft atomically. A network that another writer saved in the meantime becomes a version first.

        writer: a random name of the session. based_on_revision: what it last read or wrote, 0 for nothing.
        translate: puts the name of that version into the session's language.
        Raises OSError, and DocumentError where no more versions fit, or where a newer version of the program wrote what
        is there; nothing is written then.
        """
        path = self._path(draft.id)
        with locked(self.folder):
            revision, theirs = self._left_by_others(draft.id, writer, based_on_revision)
            conflict = None
            if theirs and theirs.network.digest != draft.recipe.network.digest:
                name = text("From another tab, {time}", time=time.strftime("%H:%M")).render(translate)
                conflict = self._keep(draft.id, name, theirs, automatic=True)
            revision = max(revision, based_on_revision) + 1
            write_object(path, {"owner": draft.owner, "origin": draft.origin, "recipe": draft.recipe.to_dict(),
                                "revision": revision, "writer": writer})
            return Saved(revision, stamp_of(path), conflict)

    def versions(self, draft_id: str) -> list[Version]:
        """List all versions of a draft, newest first; damaged ones with their problem."""
        try:
            names = os.listdir(self._versions_folder(draft_id))
        except OSError:
            return []
        numbers = sorted((int(found[1]) for name in names if (found := _VERSION_FILE.fullmatch(name))), reverse=True)
        paths = [self._version_path(draft_id, number) for number in numbers]
        return [_read_version(path, stamp) for path in paths if (stamp := stamp_of(path))]

    def keep_version(self, draft_id: str, name: str, recipe: Recipe, automatic: bool = False) -> Version:
        """Keep a state under a name; an automatic one only where no version holds this network yet.

        Raises OSError, and DocumentError for a name that cannot be one or where no more versions fit.
        """
        name = checked_name(name)
        with locked(self.folder):
            return self._keep(draft_id, name, recipe, automatic)

    def load_version(self, draft_id: str, number: int) -> Recipe:
        """Read a version's recipe. Raises DocumentError where it was deleted or is damaged."""
        stored = self._read(draft_id, number)
        with told_as(_CANNOT_OPEN_VERSION):
            return Recipe.from_dict(stored.get("recipe"))

    def rename_version(self, draft_id: str, number: int, name: str) -> None:
        """Rename a version; an automatic one is then kept for good. Raises OSError, DocumentError."""
        name = checked_name(name)
        with locked(self.folder):
            stored = self._read(draft_id, number)
            write_object(self._version_path(draft_id, number), {**stored, "name": name, "automatic": False})

    def delete_version(self, draft_id: str, number: int) -> None:
        """Delete a version, damaged or not. Raises OSError, and DocumentError where it was already deleted."""
        try:
            self._version_path(draft_id, number).unlink()
        except FileNotFoundError:
            raise DocumentError(_VERSION_GONE) from None

    def _path(self, draft_id: str) -> Path:
        if not isinstance(draft_id, str) or not _ID.fullmatch(draft_id):
            raise DocumentError(text("The page's address does not name a network."))
        return self.folder / f"{draft_id}.json"

    def _versions_folder(self, draft_id: str) -> Path:
        return self._path(draft_id).with_suffix(".versions")

    def _version_path(self, draft_id: str, number: int) -> Path:
        if not isinstance(number, int) or not _VERSION_FILE.fullmatch(f"{number}.json"):
            raise DocumentError(_VERSION_GONE)
        return self._versions_folder(draft_id) / f"{number}.json"

    def _read(self, draft_id: str, number: int) -> dict[str, Any]:
        path = self._version_path(draft_id, number)
        try:
            with told_as(_CANNOT_OPEN_VERSION):
                return read_object(path)
        except FileNotFoundError:
            raise DocumentError(_VERSION_GONE) from None

    def _left_by_others(self, draft_id: str, writer: str, based_on_revision: int) -> tuple[int, Recipe | None]:
        """Read the revision on disk, and its recipe where somebody else wrote it since this writer last looked."""
        path = self._path(draft_id)
        try:
            stored = read_object(path)
            revision = _revision(stored)
            # A session whose script was stopped right after it wrote does not know its own last revision.
            is_known = revision == based_on_revision or stored.get("writer") == writer
            return revision, None if is_known else Recipe.from_dict(stored.get("recipe"))
        except FileNotFoundError:
            return 0, None
        except NewerDocument:
            raise DocumentError(text("This network was saved by a newer version of Layerscope.")) from None
        except DocumentError:  # nobody can open it, but somebody may want to mend it: it is listed as damaged
            self._versions_folder(draft_id).mkdir(exist_ok=True)
            os.replace(path, self._version_path(draft_id, self._next_number(draft_id)))
            return 0, None

    def _keep(self, draft_id: str, name: str, recipe: Recipe, automatic: bool) -> Version:
        kept = self.versions(draft_id)
        same = [version for version in kept if version.digest == recipe.network.digest]
        if automatic and same:
            return same[0]
        thinnable = [version for version in kept if version.automatic]
        if len(kept) >= MAX_VERSIONS and not thinnable:
            raise DocumentError(text("This network has {limit} versions, the most it can keep. Delete one you no "
                                     "longer need.", limit=MAX_VERSIONS))
        version = Version(self._next_number(draft_id), name, time.time(), automatic, recipe.network.digest)
        self._versions_folder(draft_id).mkdir(exist_ok=True)
        write_object(self._version_path(draft_id, version.number), {
            "name": name, "created_s": version.created_s, "recipe": recipe.to_dict(), "automatic": automatic})
        for old in thinnable[-1:] if len(kept) >= MAX_VERSIONS else ():
            self.delete_version(draft_id, old.number)
        return version

    def _next_number(self, draft_id: str) -> int:
        """Pick milliseconds since 1970, so that a number does not come back after the newest version was deleted."""
        return max([time.time_ns() // 10**6, *(version.number + 1 for version in self.versions(draft_id)[:1])])


@lru_cache(maxsize=2 * MAX_VERSIONS)
def _read_version(path: Path, stamp: Stamp) -> Version:
    """Read a version for a list; a new `stamp` reads a changed file again."""
    number = int(path.stem)
    try:
        with told_as(_CANNOT_OPEN_VERSION):
            stored = read_object(path)
            name, created_s = stored.get("name"), stored.get("created_s")
            is_time = isinstance(created_s, int | float) and 0 <= created_s < _FAR_FUTURE_S
            if not is_time or not isinstance(name, str):
                raise DocumentError(text("Its file is damaged."))
            digest = Recipe.from_dict(stored.get("recipe")).network.digest
            return Version(number, checked_name(name), float(created_s), stored.get("automatic") is True, digest)
    except (DocumentError, FileNotFoundError) as error:
        problem = error.sentence if isinstance(error, DocumentError) else _VERSION_GONE
        return Version(number, "", stamp[0] / 1e9, problem=problem)


@lru_cache(maxsize=10_000)
def _editor(path: Path, stamp: Stamp) -> str | None:
    """Read whose draft this is, None where nobody edited it; a new `stamp` reads a changed file again."""
    try:
        stored = read_object(path)
    except (DocumentError, FileNotFoundError):
        return None
    return str(stored.get("owner", "")) if _revision(stored) > 1 else None


def _revision(stored: dict[str, Any]) -> int:
    """Read the revision in a draft's file; 0 in one written before there were revisions."""
    revision = stored.get("revision", 0)
    return revision if isinstance(revision, int) and revision >= 0 else 0
