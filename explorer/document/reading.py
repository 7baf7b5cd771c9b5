"""Reading of documents: JSON text, files, the head of a document, and the one error they raise."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.registry import shown
from explorer.text import Text, text

MAX_FILE_BYTES = 20_000_000
MAX_DEPTH = 64  # lists and objects within one another; eight nested definitions need 24


class DocumentError(ValueError):
    """An error in the form of a document, as one clear sentence in `sentence`.

    >>> try:
    ...     parse_json("[1, 2")
    ... except DocumentError as error:
    ...     print(error.sentence)
    This is not JSON: line 1, column 6: Expecting ',' delimiter.
    """

    def __init__(self, sentence: Text) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


class NewerDocument(DocumentError):
    """An error for a document that a newer version of the program wrote: it is not damaged and must not be replaced.

    >>> issubclass(NewerDocument, DocumentError)
    True
    """


def parse_json(content: str | bytes) -> Any:
    """Parse JSON text into plain data. Raises only DocumentError.

    >>> parse_json('{"name": "LeNet"}')
    {'name': 'LeNet'}
    """
    if len(content) > MAX_FILE_BYTES:
        raise DocumentError(text("The file is larger than {limit} MB; a document never is.",
                                 limit=MAX_FILE_BYTES // 10**6))
    try:
        document = json.loads(content)
        json.dumps(document, allow_nan=False, ensure_ascii=False).encode()
    except UnicodeDecodeError:
        raise DocumentError(text("This is not a text file.")) from None
    except UnicodeEncodeError:
        raise DocumentError(text("The document contains invalid Unicode characters.")) from None
    except json.JSONDecodeError as error:
        raise DocumentError(text("This is not JSON: line {line}, column {column}: {why}.",
                                 line=error.lineno, column=error.colno, why=error.msg)) from None
    except RecursionError:
        raise DocumentError(text("This JSON is nested too deeply.")) from None
    except ValueError:
        raise DocumentError(text("This JSON has a number that is infinite, undefined or far too long.")) from None
    if _is_deeper(document, MAX_DEPTH):
        raise DocumentError(text("This JSON is nested too deeply."))
    return document


def _is_deeper(document: Any, limit: int) -> bool:
    """Return whether lists and objects are nested more than `limit` deep."""
    level = [document]
    for _ in range(limit):
        level = [inner for item in level if isinstance(item, dict | list)
                 for inner in (item.values() if isinstance(item, dict) else item)]
        if not level:
            return False
    return any(isinstance(item, dict | list) for item in level)


def read_file(path: str | Path) -> bytes:
    """Read the bytes of a document file. Raises DocumentError if it is missing, unreadable or too large.

    >>> len(read_file(__file__)) > 0
    True
    """
    try:
        if Path(path).stat().st_size > MAX_FILE_BYTES:
            raise DocumentError(text("{path} is larger than {limit} MB; a document never is.",
                                     path=str(path), limit=MAX_FILE_BYTES // 10**6))
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, DocumentError):
            raise
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DocumentError(text("{path} cannot be read: {why}.", path=str(path), why=why)) from None


def read_head(document: Any, kind: str, expected_format: str, newest: int) -> dict[str, Any]:
    """Check a document's `format` and `version` (1 to `newest`) and return it. kind: its name in sentences.

    Raises NewerDocument for a later version and DocumentError for everything else.

    >>> read_head({"format": "layerscope/network", "version": 1}, "network", "layerscope/network", newest=1)
    {'format': 'layerscope/network', 'version': 1}
    """
    if not isinstance(document, dict):
        raise DocumentError(text("A {kind} is a JSON object, not {found}.", kind=kind, found=_kind_of(document)))
    if document.get("format") != expected_format:
        raise DocumentError(text('This is not a {kind}: its "format" should be "{format}".',
                                 kind=kind, format=expected_format))
    version = document.get("version")
    is_number = isinstance(version, int) and not isinstance(version, bool)
    if not is_number or not 1 <= version <= newest:
        error = NewerDocument if is_number and version > newest else DocumentError
        raise error(text("This {kind} has version {found}; this Layerscope reads versions up to {newest}.",
                         kind=kind, found=shown(version), newest=newest))
    return document


def as_json(document: Any) -> Any:
    """Return a deep copy of plain data as JSON would give it back. Raises DocumentError.

    >>> as_json({"shape": (1, 28, 28)})
    {'shape': [1, 28, 28]}
    """
    try:
        content = json.dumps(document)
    except (TypeError, ValueError, RecursionError):
        raise DocumentError(text(
            "A document can only hold JSON: text, numbers, true, false, null, lists and objects.")) from None
    return parse_json(content)


def as_object(item: Any, where: str) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise DocumentError(text("{where} should be a JSON object, not {found}.", where=where, found=_kind_of(item)))
    return dict(item)


_REQUIRED = object()


def take(item: dict[str, Any], name: str, kind: type, default: Any = _REQUIRED, where: str = "the document") -> Any:
    """Remove and return `item[name]`. Raises DocumentError if it is missing or not of this kind."""
    value = item.pop(name, default)
    if value is _REQUIRED:
        raise DocumentError(text('{where} has no "{name}".', where=where, name=name))
    if not isinstance(value, kind) or isinstance(value, bool):
        raise DocumentError(text('"{name}" in {where} should be {expected}, not {found}.', name=name, where=where,
                                 expected=_KINDS[kind], found=_kind_of(value)))
    return value


def checked_text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise DocumentError(text("{where} should hold text, not {found}.", where=where, found=_kind_of(value)))
    return value


_KINDS = {dict: "an object", list: "a list", str: "text", int: "a whole number"}


def _kind_of(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return _KINDS.get(type(value), "a number")


def plain(value: Any) -> Any:
    """Convert mappings and tuples to dicts and lists, as JSON has them."""
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value
