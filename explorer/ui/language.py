"""Sentences in the language of the session: English is the source, gettext catalogs the rest."""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from explorer.text import Text
from explorer.ui.session.state import LANGUAGE

DOMAIN = "layerscope"
_MARKDOWN = frozenset(r"\`*_{}[]()<>#+-.!|$~:&@")
CATALOGS = Path(__file__).parent / "locale"


def session_language() -> str:
    """Return the language the person chose in this session, `en` until then and outside of a session."""
    return known_language(str(LANGUAGE.value))


@lru_cache(maxsize=64)  # every sentence asks, and four files are looked for
def known_language(name: str) -> str:
    """Return the language of this name, `en` where there is no catalog for it."""
    is_name = re.fullmatch(r"[a-z]{2,3}(_[A-Z]{2})?", name)
    return name if is_name and gettext.find(DOMAIN, CATALOGS, [name]) else "en"


def translator(language: str) -> Callable[[str | Text], str]:
    """Return what translates into a language, outside of a session."""
    translate = _catalog(known_language(language)).gettext
    return lambda message: message.render(translate) if isinstance(message, Text) else message and translate(message)


def _(message: str | Text, **values: Any) -> str:
    """Translate `message` into the session's language, with `values` put into its braces afterwards.

    Without values the braces stay as they are: such a template is filled in the browser.
    """
    translate = _catalog(session_language()).gettext
    if isinstance(message, Text):
        return message.render(translate)
    # gettext answers the empty string with the catalog's header
    translated = translate(message) if message else ""
    return translated.format(**values) if values else translated


def plain(words: str, limit: int = 40) -> str:
    """Shorten what a person typed and escape its Markdown."""
    shown = words if len(words) <= limit else words[:limit - 1] + "…"
    return "".join(f"\\{c}" if c in _MARKDOWN else c for c in " ".join(shown.split()))


@lru_cache(maxsize=16)
def _catalog(language: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, CATALOGS, languages=[language], fallback=True)
