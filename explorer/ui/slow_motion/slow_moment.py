"""One moment of slow motion in words and numbers: the events at the node that it has reached."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st
import torch

from explorer import charts, network, tasks
from explorer.blocks import BLOCKS
from explorer.data.texts import decode
from explorer.formatting import format_character, format_number, format_percent, format_shape
from explorer.recipe import OPTIMIZERS, Recipe
from explorer.results import Answer, Probabilities, Tokens, Value
from explorer.training.analysis.slow_motion import NodeStep, SlowStep
from explorer.ui.glossary import hover
from explorer.ui.language import _, plain
from explorer.ui.widgets import samples
from explorer.ui.widgets.figure import draw_figure

_WEIGHTS_SHOWN, _CLASSES_SHOWN, _CHARACTERS_SHOWN = 5, 10, 16
FORWARD, LOSS, BACKWARD, UPDATE = "forward", "loss", "backward", "update"


@dataclass(frozen=True)
class Moment:
    """A moment to look at: a stage, and the node that it has reached."""

    stage: str
    node: str


def moments_of(step: SlowStep, output: str) -> list[Moment]:
    """List all moments of a step, in order."""
    nodes = [node.address for node in step.nodes]
    reached = [node.address for node in step.nodes if node.gradient is not None]
    changed = [node.address for node in step.nodes if node.parameters]
    return [*(Moment(FORWARD, node) for node in nodes), Moment(LOSS, output),
            *(Moment(BACKWARD, node) for node in reversed(reached)), *(Moment(UPDATE, node) for node in changed)]


def share_moved(node: NodeStep) -> str:
    """Compute how far the weights move, as a share of their size."""
    return f"{format_number(100 * node.change_norm / node.weight_norm, 3)} %" if node.weight_norm else "∞"


def draw_moment(recipe: Recipe, step: SlowStep, now: Moment, is_last: bool) -> None:
    node = next(node for node in step.nodes if node.address == now.node)
    if now.stage == LOSS:
        _draw_loss(recipe, step)
        return
    block = recipe.network.node(now.node).block
    title = BLOCKS.get(block).title if block in BLOCKS else block
    st.markdown(f"**{plain(now.node, 40)}** :small[:gray[{plain(_(title), 60)}]]")
    {FORWARD: partial(_draw_forward, recipe, node), BACKWARD: partial(_draw_backward, node),
     UPDATE: partial(_draw_update, recipe, step, node)}[now.stage]()
    if is_last:
        st.success(_("The loss of the same batch goes from {before} to {after}.",
                     before=format_number(step.loss), after=format_number(step.loss_after)))


def _draw_forward(recipe: Recipe, node: NodeStep) -> None:
    net = recipe.network
    block = net.node(node.address).block
    takes = [format_shape(network.shapes(net)[edge.source]) for edge in net.edges_into(node.address)]
    if block in BLOCKS and BLOCKS.get(block).formula:
        st.latex(BLOCKS.get(block).formula)
    gives = format_shape(node.output.shape)
    st.markdown(_("Input {takes}, output **{gives}**.", takes=" + ".join(takes), gives=gives) if takes
                else _("The batch enters; each sample is **{gives}**.", gives=gives))
    st.markdown(_("First sample: {low} to {high}, mean {mean}.",
                  low=format_number(float(node.output.min())), high=format_number(float(node.output.max())),
                  mean=format_number(float(node.output.mean()))))
    if node.parameters:
        st.markdown(_("It has {count} parameters with norm {norm}.", count=f"{node.parameters:,}",
                      norm=format_number(node.weight_norm)))


def _draw_backward(node: NodeStep) -> None:
    st.latex(r"\frac{\partial L}{\partial y}")
    st.markdown(_("The gradient of the loss with respect to this node's output: norm **{norm}** over the batch.",
                  norm=format_number(node.gradient_norm)))
    if node.parameters:
        st.latex(r"\frac{\partial L}{\partial w}")
        st.markdown(_("This gives the gradient with respect to its {count} parameters: norm **{norm}**.",
                      count=f"{node.parameters:,}", norm=format_number(node.weight_gradient_norm)))
    else:
        st.markdown(_("It has no parameters: it only passes the gradient on."))


def _draw_update(recipe: Recipe, step: SlowStep, node: NodeStep) -> None:
    kind = OPTIMIZERS.get(recipe.optimizer.name)
    st.latex(kind.formula)
    st.markdown(_("{optimizer} with a learning rate of {rate} moves its weights by **{share}** of their size.",
                  optimizer=_(kind.title), rate=format_number(step.learning_rate), share=share_moved(node)))
    before, gradient, change = (each.reshape(-1) for each in (node.weight, node.weight_gradient, node.change))
    most = np.argsort(-np.abs(change), kind="stable")[:_WEIGHTS_SHOWN]
    before, gradient, after = before[most], gradient[most], before[most] + change[most]
    st.markdown(_("The values of **{name}** that move most:", name=plain(node.weight_name, 60)))
    columns = {_("before"): before, _("gradient"): gradient, _("after"): after}
    st.dataframe({title: [format_number(float(value)) for value in values] for title, values in columns.items()},
                 hide_index=True, key="slow_weights")


def _draw_loss(recipe: Recipe, step: SlowStep) -> None:
    """Draw the first sample's loss, and the batch's mean."""
    st.markdown(f"**{_('Loss')}**", help=hover("loss"))
    names = samples.dataset_of(recipe).class_names
    answer = tasks.answer(recipe, torch.from_numpy(step.outputs[:1]), names)
    for kind, draw in _ANSWERS.items():
        if isinstance(answer, kind):
            draw(recipe, step, answer)
    st.markdown(_("The mean over the {count} samples of the batch is the loss: **{loss}**",
                  count=len(step.targets), loss=format_number(step.loss)))


def _draw_value(recipe: Recipe, step: SlowStep, answer: Value) -> None:
    st.markdown(_("First sample: the prediction is {predicted}, the target {target}.",
                  predicted=format_number(float(answer.values[0, 0])), target=format_number(float(step.targets[0, 0]))))


def _draw_tokens(recipe: Recipe, step: SlowStep, answer: Tokens) -> None:
    """Draw the prediction of the last character of the first sample."""
    target = step.targets[0]
    share = float(answer.values[0, -1, target[-1]])
    before = decode(target[:-1][-_CHARACTERS_SHOWN:].tolist(), answer.names)
    st.markdown(_("For each of the {count} characters of a sample, the network predicts the next one. In the first "
                  "sample, **… {before}** is followed by **{truth}**; the network gives it a probability of {share}.",
                  count=len(target), before=plain(before, 60), truth=plain(format_character(answer.names[target[-1]])),
                  share=format_percent(share)))
    _draw_logarithm(recipe, share, step.outputs[:1, -1:], step.targets[:1, -1:])


def _draw_classes(recipe: Recipe, step: SlowStep, answer: Probabilities) -> None:
    target = step.targets[0]
    share, name = float(answer.values[0, target]), answer.names[target]
    if len(answer.names) <= _CLASSES_SHOWN:
        draw_figure(charts.class_probabilities(answer.values[0], answer.names, int(target)), "slow_classes", height=240,
                    title="hidden", tools=False)
    st.markdown(_("The first sample is **{name}**; the network gives it a probability of {share}.",
                  name=plain(name), share=format_percent(share)))
    _draw_logarithm(recipe, share, step.outputs[:1], step.targets[:1])


def _draw_logarithm(recipe: Recipe, share: float, outputs: np.ndarray, targets: np.ndarray) -> None:
    """Draw the loss of one answer, where it is the logarithm of the probability and no more."""
    logarithm = -math.log(max(share, 1e-45))
    loss = tasks.learner(recipe).loss(torch.from_numpy(outputs), torch.from_numpy(targets)).item()
    if math.isclose(loss, logarithm, rel_tol=1e-3, abs_tol=1e-3):
        st.latex(rf"-\log {share:.3f} = {logarithm:.3f}")


_ANSWERS: dict[type[Answer], Callable[[Recipe, SlowStep, Answer], None]] = {
    Probabilities: _draw_classes, Tokens: _draw_tokens, Value: _draw_value}
