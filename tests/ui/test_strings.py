"""Every sentence that a page shows goes through `_()`, so that it can be translated."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHOWING = {
    "altair_chart", "begin_page", "badge", "button", "caption", "checkbox", "code", "download_button", "draw_problem",
    "draw_start", "error", "expander", "file_uploader", "header", "image", "info", "link_button", "markdown", "metric",
    "multiselect", "number_input", "page_link", "pills", "popover", "progress", "radio", "segmented_control",
    "select_slider", "selectbox", "slider", "spinner", "status", "subheader", "success", "table", "tabs", "text",
    "text_area", "text_input", "title", "toast", "toggle", "warning", "write", "Page",
}
WORDS_IN = {"label", "help", "placeholder", "caption", "text", "body", "title", "delta"}
NO_WORDS = re.compile(r":material/\w+:|:[a-z-]+\[|&\w+;|<[^>]*>|https?://\S+|\w+\.py\b")


def shown_literals(expression: ast.expr) -> Iterator[ast.expr]:
    """The strings an expression shows as they stand: a call such as `_(...)` answers for itself."""
    match expression:
        case ast.Constant(value=str()):
            yield expression
        case ast.JoinedStr(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
            for part in parts:
                yield from shown_literals(part)
        case ast.FormattedValue(value=inner) | ast.NamedExpr(value=inner):
            yield from shown_literals(inner)
        case ast.IfExp(body=first, orelse=second) | ast.BinOp(left=first, right=second):
            yield from shown_literals(first)
            yield from shown_literals(second)
        case ast.BoolOp(values=parts):
            for part in parts:
                yield from shown_literals(part)


def is_showing(call: ast.Call) -> bool:
    if isinstance(call.func, ast.Name):
        return call.func.id in SHOWING - {"text"}  # text() marks a sentence for translation
    return isinstance(call.func, ast.Attribute) and call.func.attr in SHOWING


def bare_strings(source: str) -> list[tuple[int, str]]:
    """(line, string) of every string with letters that a call shows without asking for its translation."""
    found = []
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and is_showing(call):
            shown = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg in WORDS_IN)]
            literals = [literal for expression in shown for literal in shown_literals(expression)]
            found += [(literal.lineno, literal.value) for literal in literals
                      if re.search(r"[^\W\d_]", NO_WORDS.sub("", literal.value))]
    return found


FILES = [*sorted((ROOT / "explorer/ui").rglob("*.py")), *sorted((ROOT / "pages").rglob("*.py")), ROOT / "app.py"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_page_shows_a_string_that_cannot_be_translated(file: Path):
    breaches = [f"{file.relative_to(ROOT)}:{line}: {words!r}" for line, words in bare_strings(file.read_text("utf-8"))
                if words not in ("network.json", "application/json")]
    assert not breaches, "\n".join(breaches)


@pytest.mark.parametrize("source", [
    'st.button("Train")', 'column.markdown(f"**Train** {x}")', 'st.button(_("Train"), help="Starts it")',
    'st.info("a" if x else "b")', 'st.tabs([_("One"), "Two"])', 'st.caption(_("One") + " two")',
    'st.markdown(x or "nothing")', 'draw_problem("It broke.")', 'st.text_input(_("x"), placeholder="search")',
])
def test_a_bare_string_is_found(source: str):
    assert len(bare_strings(source)) >= 1


@pytest.mark.parametrize("source", [
    'st.button(_("Train"), key="start", type="primary", icon=":material/stop:")', 'st.markdown(f"**{_(title)}**")',
    'st.markdown(":red[:material/error:] " + _("x"))', 'st.markdown(f":small[:gray[{count}]]&ensp;{name}")',
    'st.button("↶", help=_("Undo"))', 'st.caption(_("{count} more", count=f"{n:,} "))',
    'st.columns([0.5, 0.5], gap="small")',
])
def test_what_is_translated_or_has_no_words_passes(source: str):
    assert bare_strings(source) == []
