"""Recurrent layers; the states at every token and the last state are separate output ports."""

from __future__ import annotations

from explorer.blocks.block import Block, Reach, Signal
from explorer.blocks.checks import needs_float
from explorer.document import Problem
from explorer.formatting import format_shape
from explorer.spec import Choice, Flag, Number
from explorer.text import text

_SETTINGS = (
    Number("hidden_size", "Hidden features", 32, low=1, high=100_000, integer=True,
           help="The number of features of the hidden state."),
    Number("num_layers", "Layers", 1, low=1, high=64, integer=True,
           help="The number of stacked layers; each reads the states of the one below."),
    Flag("bias", "Bias", True, help="Whether learned biases are added."),
    Flag("bidirectional", "Bidirectional", False,
         help="Whether a second state runs from the end to the start. The states of both are concatenated."),
)
_BRIEF = "{hidden_size}"


def _build(class_name: str):
    def build(params, in_shapes):
        from torch import Tensor, nn

        class Recurrent(getattr(nn, class_name)):
            """(batch, token, feature) -> the states (batch, token, hidden feature), and the last layer's last ones
            (batch, hidden feature); those of both directions are side by side.
            """

            def forward(self, x: Tensor) -> tuple[Tensor, ...]:
                states, last = super().forward(x)
                directions = 2 if self.bidirectional else 1  # of (layer and direction, batch, feature)
                ends = last if isinstance(last, tuple) else (last,)
                return states, *(end[-directions:].transpose(0, 1).flatten(1) for end in ends)

        return Recurrent(in_shapes[0][-1], batch_first=True, **params)

    return build


def _check(title: str):
    def check(params, signals: tuple[Signal, ...]) -> list[Problem]:
        shape = signals[0].shape
        if len(shape) != 2:
            return [Problem(text("{block} reads a sequence (token × feature) but gets {shape}. Add Reshape or "
                                 "Permute before it.", block=title, shape=format_shape(shape)))]
        return needs_float(title, signals)

    return check


def _recurrent(name: str, title: str, summary: str, formula: str, source: str, outputs=(), params=()) -> Block:
    """Make a block of torch.nn's class `title`."""
    return Block(
        name=name, title=title, family="sequence", summary=summary, formula=formula, source=source, brief=_BRIEF,
        params=(*_SETTINGS, *params), outputs=("states", "last state", *outputs), build=_build(title),
        check=_check(title), sees=lambda params, in_shape: None, reach=lambda params, in_shape: Reach.SOME)


RNN = _recurrent(
    "rnn", "RNN", "Reads one token at a time; the new state is an activation of the token and the previous state.",
    r"h_t = \tanh(W_x x_t + W_h h_{t-1} + b)", "Elman 1990; Dive into Deep Learning, 9.4",
    params=(Choice("nonlinearity", "Activation", "tanh", ("tanh", "relu"), ("Tanh", "ReLU"),
                   help="The activation of the state. With ReLU, states can grow without bound."),))
LSTM = _recurrent(
    "lstm", "LSTM", "A recurrent layer with gates that control what its memory cell forgets, stores and outputs.",
    r"c_t = f_t \odot c_{t-1} + i_t \odot \tanh(W x_t + U h_{t-1}),\quad h_t = o_t \odot \tanh(c_t)",
    "Hochreiter & Schmidhuber 1997; Dive into Deep Learning, 10.1", outputs=("last cell",))
GRU = _recurrent(
    "gru", "GRU", "A recurrent layer with two gates: one resets the previous state, one mixes it with the new state.",
    r"h_t = z_t \odot h_{t-1} + (1 - z_t) \odot \tanh(W x_t + U (r_t \odot h_{t-1}))",
    "Cho et al. 2014; Dive into Deep Learning, 10.2")
