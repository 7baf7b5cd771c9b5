"""Dialog for a network at another size: its width, input and classes, their cost, and whether it still works."""

from __future__ import annotations

import streamlit as st

from explorer import zoo
from explorer.document import Network, Problem
from explorer.formatting import format_count
from explorer.recipe import Recipe
from explorer.ui.app.shell import BUILD, TRAIN
from explorer.ui.home import opening
from explorer.ui.home.scale import CHANNELS, WIDTHS, Scale, original_scale, reads_tokens, trained_scale
from explorer.ui.language import _, plain
from explorer.zoo import Entry

_MOST_CLASSES = 100_000
_PROBLEMS_SHOWN = 3


def open_size(entry: Entry) -> None:
    """Show the dialog; it starts at the size that the recipe trains, where there is one."""
    st.dialog(_("Size of {network}", network=_(entry.title)), width="medium")(draw_size)(entry)


def draw_size(entry: Entry) -> None:
    """Draw the choices, their result, and the ways on from there."""
    net = entry.make(**_draw_choices(entry))
    with st.spinner(_("Finding the shapes …"), show_time=True):
        from explorer import network

        analysis = network.analyze(net)
    _draw_costs(entry, analysis.total_parameters, analysis.total_multiply_adds)
    for problem in analysis.problems[:_PROBLEMS_SHOWN]:
        _draw_problem(problem)
    if analysis.problems:
        st.caption(_("A larger input leaves more of the map for the last layers. Build shows each problem at its "
                     "block, and offers a fix where there is one."))
    _draw_buttons(entry, net, is_sound=not analysis.problems)


def _draw_choices(entry: Entry) -> Scale:
    """Draw a field for each thing that can be chosen. Returns the choices."""
    start = trained_scale(entry.name) or original_scale(entry)
    drawn = {"width": _draw_width, "size": _draw_input, "channels": _draw_channels, "classes": _draw_classes}
    with st.container(horizontal=True, gap="medium"):
        return {name: drawn[name](entry, start[name]) for name in drawn if name in entry.scales}


def _draw_width(entry: Entry, start: float) -> float:
    return st.segmented_control(_("Width"), list(WIDTHS), default=start, format_func=WIDTHS.get, required=True,
                                key=f"width/{entry.name}", help=_("Multiplies the channels or features of every layer. "
                                                                  "Half the width means about a quarter of the "
                                                                  "parameters."))


def _draw_input(entry: Entry, start: int) -> int:
    tokens = reads_tokens(entry)
    sizes = sorted({*entry.sizes, start})
    return st.segmented_control(
        _("Input, in tokens") if tokens else _("Input, in pixels"), sizes, default=start, required=True,
        key=f"input/{entry.name}",
        help=_("The number of tokens read at once.") if tokens else _("The height of the image; smaller images are "
                                                                      "faster."))


def _draw_channels(entry: Entry, start: int) -> int:
    return st.segmented_control(_("Input channels"), CHANNELS, default=start, required=True,
                                key=f"channels/{entry.name}", help=_("One for gray images, three for color."))


def _draw_classes(entry: Entry, start: int) -> int:
    return st.number_input(_("Classes"), 1, _MOST_CLASSES, start, key=f"classes/{entry.name}", width=160,
                           help=_("The number of outputs."))


def _draw_costs(entry: Entry, parameters: int, multiply_adds: int) -> None:
    """Draw the parameters and multiply-adds, beside the original's."""
    costs = zoo.costs(entry.name)
    rows = ((_("Parameters"), costs.parameters, parameters),
            (_("Multiply-adds"), costs.multiply_adds, multiply_adds))
    lines = [f"| | {_('original')} | {_('this size')} | {_('share')} |", "|:--|--:|--:|--:|"]
    lines += [f"| {name} | {format_count(before)} | **{format_count(now)}** | {_share(now, before)} |"
              for name, before, now in rows]
    st.markdown("\n".join(lines))


def _share(now: int, before: int) -> str:
    return f"{100 * now / before:.3g} %" if before else ""


def _draw_problem(problem: Problem) -> None:
    where = f"**{plain(problem.address)}** " if problem.address else ""
    st.markdown(f":red[:material/error:] {where}{plain(_(problem.message), 400)}")


def _draw_buttons(entry: Entry, net: Network, is_sound: bool) -> None:
    recipe, why_not = _trainable(entry, net, is_sound)
    with st.container(horizontal=True):
        if st.button(_("Train"), key=f"train_size/{entry.name}", icon=":material/play_arrow:", type="primary",
                     disabled=bool(why_not)):
            opening.open_recipe(recipe, TRAIN)
        if st.button(_("Open in Build"), key=f"build_size/{entry.name}"):
            opening.open_recipe(recipe, BUILD)
    if why_not:
        st.caption(why_not)


def _trainable(entry: Entry, net: Network, is_sound: bool) -> tuple[Recipe, str]:
    """Make the recipe with this network, and list the problems that keep it from being trained."""
    if entry.recipe is None:
        return Recipe(net), _(entry.untrained)
    recipe = entry.recipe.with_(network=net)
    if not is_sound:
        return recipe, _("Fix its problems before training it.")
    from explorer import training

    found = training.problems(recipe)
    return recipe, " ".join(plain(_(problem.message), 400) for problem in found[:_PROBLEMS_SHOWN])
