"""Family tree of networks by year, like the log of a program's versions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

import plotly.graph_objects as go

from explorer.figures.frame import blank
from explorer.figures.theme import BLUE, Theme, plain
from explorer.text import Text, text

_ROW_PX, _AXIS_PX = 24, 40
_SAME_YEAR = 0.28  # how far to the right of its parent a child of the same year stands, in years of the axis
_ROOM = 2.2        # for the names behind the dots of the last year


@dataclass(frozen=True)
class Member:
    """A network of the family. `after` names the one it builds on, if any; `added` describes what is new."""

    name: str
    title: str
    year: int
    after: str = ""
    added: str = ""


@dataclass(frozen=True)
class _Spot:
    x: float
    row: int


def figure_family(members: Sequence[Member], theme: Theme, chosen: str = "") -> go.Figure:
    """Draw a row for each member, below the one it builds on, with a dot at its year and a line to it.

    A point's `customdata` is the name of its member. A member without its parent among them starts a line.
    """
    years = sorted({member.year for member in members})
    spots, known = _find_spots(members, years), {member.name: member for member in members}
    figure = blank(theme, "", _AXIS_PX + _ROW_PX * max(len(members), 1), dragmode=False,
                   margin={"l": 8, "r": 8, "t": theme.px(_AXIS_PX - 10), "b": 4})
    figure.add_scatter(**_lines(members, spots), mode="lines", hoverinfo="skip",
                       line={"color": theme.muted, "width": 1.2, "shape": "linear"})
    figure.add_scatter(
        x=[spots[name].x for name in spots], y=[spots[name].row for name in spots], mode="markers+text",
        text=[f"&nbsp;&nbsp;{_bold(theme.say(known[name].title), name == chosen)}" for name in spots],
        textposition="middle right", textfont={"size": theme.axis_font_px, "color": theme.text}, cliponaxis=False,
        customdata=list(spots), hovertemplate=[_hover(known[name], known, theme) for name in spots],
        marker={"opacity": 1, "size": [theme.px(15 if name == chosen else 11) for name in spots],
                "color": [theme.legible(BLUE) if name == chosen else theme.slate for name in spots]},
        selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}})
    figure.update_xaxes(side="top", range=[-0.3, len(years) - 1 + _ROOM], tickvals=list(range(len(years))),
                        ticktext=[str(year) for year in years], fixedrange=True, gridcolor=theme.grid, zeroline=False,
                        tickfont={"size": theme.axis_font_px, "color": theme.muted})
    figure.update_yaxes(visible=False, range=[len(members) - 0.4, -0.6], fixedrange=True)
    return figure


def describe_family(members: Sequence[Member]) -> Text:
    """Describe the figure in one sentence."""
    years = [member.year for member in members]
    return text("{count} networks from {first} to {last}, each connected to the one it builds on.",
                count=len(members), first=min(years, default=0), last=max(years, default=0))


def _find_spots(members: Sequence[Member], years: Sequence[int]) -> dict[str, _Spot]:
    """Find each member's place: its year among those present, and a row below its parent."""
    known = {member.name for member in members}
    spots: dict[str, _Spot] = {}

    def place(member: Member) -> None:
        x, above = float(years.index(member.year)), spots.get(member.after)
        spots[member.name] = _Spot(max(x, above.x + _SAME_YEAR) if above else x, len(spots))
        for child in members:
            if child.after == member.name and child.name not in spots:
                place(child)

    for member in members:
        if member.after not in known and member.name not in spots:
            place(member)
    return spots


def _lines(members: Sequence[Member], spots: dict[str, _Spot]) -> dict[str, list[float | None]]:
    """Connect each parent to its children: down to the row, then along it."""
    ends = [(spots[member.after], spots[member.name]) for member in members if {member.name, member.after} <= {*spots}]
    return {"x": [x for start, end in ends for x in (start.x, start.x, end.x, None)],
            "y": [y for start, end in ends for y in (start.row, end.row, end.row, None)]}


def _bold(words: str, is_bold: bool) -> str:
    return f"<b>{words}</b>" if is_bold else words


def _hover(member: Member, known: dict[str, Member], theme: Theme) -> str:
    return "<br>".join(_hover_lines(member, known, theme)) + "<extra></extra>"


def _hover_lines(member: Member, known: dict[str, Member], theme: Theme) -> Iterator[str]:
    yield f"<b>{theme.say(member.title)}</b>, {member.year}"
    if member.after in known:
        words = text("After {title}: {added}", title=text(known[member.after].title), added=text(member.added))
        yield from (plain(line) for line in wrap(words.render(theme.translate), 60))
