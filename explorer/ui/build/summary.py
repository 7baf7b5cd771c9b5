"""Summary of the network, shown while nothing is selected: totals, memory per training step, and a table."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import streamlit as st

from explorer.blocks import BLOCKS
from explorer.document import Network
from explorer.formatting import format_bytes, format_count, format_shape
from explorer.network import Analysis
from explorer.recipe import Recipe
from explorer.training.loop.memory import step_memory
from explorer.ui.build.problems import NOT_ALL_COUNTED, fits_no_data, misfit_origin
from explorer.ui.glossary import hover
from explorer.ui.language import _
from explorer.ui.session import state
from explorer.ui.session.view import View
from explorer.zoo import Entry

_ROWS = 300


def draw_summary(view: View, recipe: Recipe, origin: str = "") -> None:
    """Draw the totals, then a table of layers with shapes, parameters and multiply-adds, like torchinfo."""
    analysis = view.analysis
    st.markdown(f"**{_('The network')}**" if not view.path else f"**{_('Inside this block')}**")
    with st.container():
        if analysis.problems:
            st.caption(_(NOT_ALL_COUNTED))
    with st.container():
        if not view.path and not analysis.problems:
            _draw_fit(misfit_origin(recipe, origin))
    _draw_totals(analysis)
    with st.container():
        if not view.path:
            _draw_memory(recipe)
    with st.container():
        insides = bool(analysis.inside) and st.toggle(
            _("Show blocks inside"), key=state.INSIDES.key, persist_state="session",
            help=_("Also list the blocks inside each block, indented below it."))
    if analysis.order:
        st.html(_table(view.net, analysis, insides))


def _draw_fit(entry: Entry | None) -> None:
    """Explain why a network from the zoo has no hints about data."""
    if entry is None or not fits_no_data(entry.name):
        return
    smaller = _("*Train* on its card on Home opens a smaller version.") if entry.recipe else ""
    st.caption(f"{_('None of the data sets fits this network as it is.')} {smaller}")


def _draw_totals(analysis: Analysis) -> None:
    totals = st.columns(2)
    totals[0].metric(_("Parameters"), f"{analysis.total_parameters:,}", help=hover("parameter"))
    totals[1].metric(_("Multiply-adds"), format_count(analysis.total_multiply_adds), help=hover("multiply_adds"))


def _draw_memory(recipe: Recipe) -> None:
    memory = step_memory(recipe)
    st.metric(_("Memory per training step"), format_bytes(memory.total_bytes), help=hover("training_memory"))
    parts = ((_("weights"), memory.weights_bytes), (_("gradients"), memory.gradients_bytes),
             (_("optimizer"), memory.optimizer_bytes), (_("activations"), memory.activations_bytes))
    st.caption(" · ".join((_("batch size {count}", count=recipe.batch_size),
                           *(f"{name} {format_bytes(size)}" for name, size in parts))))


def _table(net: Network, analysis: Analysis, insides: bool) -> str:
    heads = (_("Layer"), _("Output shape"), _("Parameters"), _("Multiply-adds"))
    rows = list(_rows(net, analysis, insides))
    body = "".join(f'<tr><td style="padding-left:{depth * .9 + .2}em">{name}</td><td>{shape}</td><td>{count}</td>'
                   f"<td>{work}</td></tr>" for depth, name, shape, count, work in rows[:_ROWS])
    rest = f'<tr><td colspan="4">{_("… and {count} more", count=len(rows) - _ROWS)}</td></tr>' if len(
        rows) > _ROWS else ""
    return (f'<div class="summary"><table><thead><tr>{"".join(f"<th>{escape(head)}</th>" for head in heads)}</tr>'
            f"</thead><tbody>{body}{rest}</tbody></table></div>")


def _rows(
    net: Network, analysis: Analysis, insides: bool, depth: int = 0,
) -> Iterator[tuple[int, str, str, str, str]]:
    """Yield one row per node; with `insides`, those inside a composite node are indented below it."""
    for node_id in analysis.order:
        node, signal = net.node(node_id), analysis.signals.get(node_id)
        title = _(BLOCKS.get(node.block).title) if node.block in BLOCKS else node.block
        if node.block == "composite":
            title = str(node.params.get("definition", title))
        count, work = analysis.parameters.get(node_id, 0), analysis.multiply_adds.get(node_id, 0)
        yield (depth, f"<bdi>{escape(node_id[:40])}</bdi> <small><bdi>{escape(title[:40])}</bdi></small>",
               format_shape(signal.shape) if signal else "?", f"{count:,}" if count else "–",
               format_count(work) if work else "–")
        if insides and (opened := analysis.inside.get(node_id)):
            yield from _rows(opened.net, opened.analysis, insides, depth + 1)
