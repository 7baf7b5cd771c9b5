"""Drawings of sketches, large enough to read, with their axes named."""

from __future__ import annotations

import base64
from html import escape

import streamlit as st

from explorer.blocks.sketch import Curve, Grid, Matrix, Sketch
from explorer.figures import Theme
from explorer.ui.canvas.sketch import describe_sketch, is_drawable
from explorer.ui.language import _

_SIDE, _WIDTH, _TEXT = 150, 220, 18  # pixels: of a picture, of a curve, for a line of text


def draw_sketch(sketch: Sketch | None, theme: Theme) -> None:
    """Draw the sketch with a text equivalent, if there is one. A sign is large enough on the canvas."""
    if sketch is None or not is_drawable(sketch) or (drawing := sketch_svg(sketch, theme)) is None:
        return
    picture = base64.b64encode(drawing.encode()).decode()  # drawings in the page itself are not let through
    words = escape(describe_sketch(sketch), quote=True)
    st.html(f'<img src="data:image/svg+xml;base64,{picture}" alt="{words}" title="{words}" style="max-width: 100%">')
    if isinstance(sketch, Matrix):
        st.caption(_("Filled: the query may attend to the key."))


def sketch_svg(sketch: Sketch, theme: Theme) -> str | None:
    """Draw a sketch as SVG; None for one that has no drawing."""
    draw = {Curve: _curve, Matrix: _matrix, Grid: _grid}.get(type(sketch))
    return draw(sketch, theme) if draw else None


def _svg(theme: Theme, width: float, height: float, parts: list[str]) -> str:
    wide, high = width + 2 * _TEXT + 3, height + 2 * _TEXT
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:g}" height="{high:g}" '
            f'viewBox="{-2 * _TEXT} -3 {wide:g} {high:g}" style="font:12px sans-serif" color="{theme.text}">'
            f'{"".join(parts)}</svg>')


def _words(x: float, y: float, words: str, anchor: str = "middle", turned: bool = False) -> str:
    turn = f' transform="rotate(-90 {x:g} {y:g})"' if turned else ""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="currentColor"{turn}>{escape(words)}</text>'


def _line(d: str, width: float, opacity: float = 1.0) -> str:
    return f'<path d="{d}" fill="none" stroke="currentColor" stroke-width="{width}" opacity="{opacity}"/>'


def _curve(sketch: Curve, theme: Theme) -> str:
    left, right = min(0.0, *sketch.x), max(0.0, *sketch.x)
    low, high = min(0.0, *sketch.y), max(0.0, *sketch.y)

    def at(x: float, y: float) -> tuple[float, float]:
        return (x - left) / ((right - left) or 1) * _WIDTH, _SIDE - (y - low) / ((high - low) or 1) * _SIDE

    zero_x, zero_y = at(0, 0)
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(at, sketch.x, sketch.y))
    return _svg(theme, _WIDTH, _SIDE, [
        _line(f"M0 {zero_y:.1f}H{_WIDTH}M{zero_x:.1f} 0V{_SIDE}", 1, 0.45),
        f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round"/>',
        _words(0, _SIDE + _TEXT - 3, f"{left:.3g}", "start"), _words(_WIDTH, _SIDE + _TEXT - 3, f"{right:.3g}", "end"),
        _words(_WIDTH / 2, _SIDE + _TEXT, _("input")),
        _words(-6, 9, f"{high:.3g}", "end"), _words(-6, _SIDE, f"{low:.3g}", "end"),
        _words(-_TEXT, _SIDE / 2, _("output"), turned=True)])


def _matrix(sketch: Matrix, theme: Theme) -> str:
    rows, columns = len(sketch.cells), len(sketch.cells[0])
    cell = _SIDE / max(rows, columns)
    width, height = cell * columns, cell * rows
    cells = [f'<rect x="{column * cell:.1f}" y="{row * cell:.1f}" width="{cell:.1f}" height="{cell:.1f}" '
             f'fill="{theme.accent}" opacity="{value:.2f}"/>'
             for row, line in enumerate(sketch.cells) for column, value in enumerate(line) if value]
    return _svg(theme, width, height, [
        *cells, _line(f"M0 0H{width:g}V{height:g}H0Z", 1),
        _words(width / 2, height + _TEXT - 4, f"{_(sketch.column)} →"),
        _words(-8, height / 2, f"← {_(sketch.row)}", turned=True)])


def _grid(sketch: Grid, theme: Theme) -> str:
    part = min(_SIDE / sketch.rows, _WIDTH / sketch.columns)
    width, height = part * sketch.columns, part * sketch.rows
    down, right = sketch.shift
    across = [f"M0 {(i + down) * part:.1f}H{width:g}" for i in range(sketch.rows) if 0 < i + down < sketch.rows]
    along = [f"M{(i + right) * part:.1f} 0V{height:g}" for i in range(sketch.columns) if 0 < i + right < sketch.columns]
    return _svg(theme, width, height, [
        _line(f"M0 0H{width:g}V{height:g}H0Z", 1), _line("".join((*across, *along)), 1, 0.7),
        _words(width / 2, height + _TEXT - 4, _("{count} columns", count=sketch.columns)),
        _words(-8, height / 2, _("{count} rows", count=sketch.rows), turned=True)])
