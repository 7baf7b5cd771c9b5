"""Attributions as figures."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.figures import frame
from explorer.figures.bars import figure_bars
from explorer.figures.heatmap import figure_heatmap
from explorer.figures.theme import Theme
from explorer.formatting import format_number, format_percent
from explorer.results import Attribution, AttributionMenu, Bars, Heatmap
from explorer.results.attribution_results import IMAGE
from explorer.text import Text, text

_PX, _MENU_PX = 300, 110


def figure_attribution(result: Attribution, theme: Theme, height: int = _PX) -> go.Figure:
    """Draw the first sample's attributions: a map of an image, its channels summed, else one bar for each value.

    >>> found = Attribution("saliency", Text("Saliency"), Text("the logit of cat"), "features", np.array([[0.5, -1.0]]),
    ...                     ("age", "price"), "", np.empty(0), np.empty(0), float("nan"), 0, False, Text(""))
    >>> figure_attribution(found, Theme()).data[0].type
    'bar'
    """
    first, title = result.values[0], text("{title} of {what}", title=result.title, what=result.what)
    if result.is_wrong:
        title = text("{title} (wrong)", title=title)
    if result.kind == IMAGE:
        shown = first.reshape(-1, *first.shape[-2:]).sum(0)
        return figure_heatmap(Heatmap(title, shown, "height", "width", signed=True), theme, height)
    return figure_bars(Bars(title, result.names, first, "attribution", signed=True), theme, height)


def describe_attribution(result: Attribution) -> Text:
    """Describe what an attribution adds up to, and its error."""
    if not len(result.sums):
        return text("{title} of {what}.", title=result.title, what=result.what)
    known = {"title": result.title, "what": result.what, "sum": format_number(float(result.sums[0])),
             "difference": format_number(float(result.differences[0]))}
    if np.isnan(result.error):
        return text("{title} of {what}: adds up to {sum}, of {difference}.", **known)
    known |= {"error": format_percent(result.error), "samples": result.samples}
    if not result.is_wrong:
        return text("{title} of {what}: adds up to {sum}, of {difference}; error {error} over {samples} samples.",
                    **known)
    wrong = text("{title} of {what} is wrong: it adds up to {sum}, of {difference}; error {error} over {samples} "
                 "samples.", **known)
    return text("{wrong} {reason}", wrong=wrong, reason=result.reason) if str(result.reason) else wrong


def figure_attribution_menu(result: AttributionMenu, theme: Theme, height: int = _MENU_PX) -> go.Figure:
    """Name the methods that fit.

    >>> from explorer.results import MethodOffer
    >>> offer = MethodOffer("saliency", Text("Saliency"), *(Text(""),) * 3, "", Text(""), 0.0, False, False, ())
    >>> menu = AttributionMenu((offer,), ("saliency",), "image", (), ("cat",), 0, Text("cat"), Text("the loss"),
    ...                        np.zeros((0, 0, 0)))
    >>> figure_attribution_menu(menu, Theme()).layout.annotations[-1].text
    'Saliency'
    """
    figure = frame.blank(theme, text("Methods of attribution"), height)
    fitting = [theme.say(offer.title) for offer in result.methods if not str(offer.refused)]
    figure.add_annotation(text=" · ".join(fitting), x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False,
                          font={"size": theme.title_font_px, "color": theme.text})
    figure.update_layout(xaxis={"visible": False}, yaxis={"visible": False})
    return figure


def describe_attribution_menu(result: AttributionMenu) -> Text:
    """Count the methods that fit."""
    return text("{count} methods of attribution fit this network.",
                count=sum(not str(offer.refused) for offer in result.methods))
