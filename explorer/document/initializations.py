"""How weights can be drawn, by name: of a whole network, or of one node."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from explorer.kinds import Chosen, Kind, choose_spelled
from explorer.registry import Registry
from explorer.spec import Choice, Number

_GAIN = Number("gain", "Gain", 1.0, low=0, high=1e3,
               help="Multiplies the spread. 1 for linear layers and sigmoid, 5/3 is common for tanh, √2 for ReLU.")
_FAN = Choice("mode", "Count", "fan_in", ("fan_in", "fan_out"), ("inputs of a unit", "outputs of a unit"),
              help="Inputs keep the spread of the activations on the way forward, outputs that of the gradients back.")
_SLOPE = Choice("nonlinearity", "Made for", "relu", ("relu", "leaky_relu", "tanh", "selu", "linear"),
                ("ReLU", "Leaky ReLU (slope 0.01)", "Tanh", "SELU", "no activation"),
                help="Which activation follows; it decides the gain, as torch.nn.init.calculate_gain has it.")
_GLOROT, _HE = "Glorot & Bengio 2010, eq. 16", "He et al. 2015, eq. 10"

INITIALIZATIONS = Registry("initialization", (
    Kind("default", "PyTorch's default", "Uniform, by the number of inputs of each layer.",
         formula=r"w \sim U(-1/\sqrt{n_\mathrm{in}}, 1/\sqrt{n_\mathrm{in}})", source="torch.nn.Linear"),
    Kind("xavier_uniform", "Xavier, uniform",
         "Variance 2/(inputs + outputs): keeps the spread of tanh and sigmoid layers.", (_GAIN,),
         r"w \sim U(-a, a), \quad a = g \sqrt{6 / (n_\mathrm{in} + n_\mathrm{out})}", _GLOROT),
    Kind("xavier_normal", "Xavier, normal", "Variance 2/(inputs + outputs), from a normal distribution.", (_GAIN,),
         r"w \sim N(0, 2 g^2 / (n_\mathrm{in} + n_\mathrm{out}))", _GLOROT),
    Kind("kaiming_uniform", "Kaiming, uniform", "Variance 2/inputs: keeps the spread of ReLU layers.", (_FAN, _SLOPE),
         r"w \sim U(-a, a), \quad a = g \sqrt{3 / n}", _HE),
    Kind("kaiming_normal", "Kaiming, normal", "Variance 2/inputs, from a normal distribution.", (_FAN, _SLOPE),
         r"w \sim N(0, g^2 / n)", _HE),
    Kind("normal", "Normal", "The same spread for every layer, whatever its size.", (
        Number("std", "Standard deviation", 0.01, low=0, high=1e3,
               help="0.01 is what many older networks start from; deep ones lose their signal with it."),),
        r"w \sim N(0, \sigma^2)", "Dive into Deep Learning, 5.4"),
    Kind("uniform", "Uniform", "Equally likely anywhere between two bounds.", (
        Number("bound", "Bound", 0.1, low=0, high=1e3, help="Weights lie between minus this and this."),),
        r"w \sim U(-a, a)", "torch.nn.init.uniform_"),
    Kind("orthogonal", "Orthogonal", "Rows at right angles: lengths are kept exactly, layer after layer.",
         (replace(_GAIN, default=1.0),), r"W W^\top = g^2 I", "Saxe et al. 2014"),
    Kind("zeros", "Zeros", "Every weight 0: all units of a layer stay the same for ever. To see why one does not.",
         formula="w = 0", source="Dive into Deep Learning, 5.4"),
    Kind("constant", "Constant", "Every weight the same: the units of a layer never differ.", (
        Number("value", "Value", 0.01, low=-1e3, high=1e3, help="What every weight starts as."),), "w = c",
        "Dive into Deep Learning, 5.4 and 6.3"),
    Kind("lsuv", "LSUV (from the data)", "Orthogonal, then each layer is scaled until its output on a batch of the "
         "data has variance 1.", (
             Number("tolerance", "Tolerance", 0.05, low=1e-6, high=1, help="How far from 1 the variance may stay."),),
         r"W \leftarrow W / \sqrt{\mathrm{Var}(y)}", "Mishkin & Matas 2016, algorithm 1"),
))
NOT_OF_A_NODE = ("lsuv",)  # they need the data, and so the whole network


@lru_cache(maxsize=64)
def read_init(line: str) -> Chosen:
    """The initialization that a line such as `normal(std=0.01)` spells. Raises BadValue."""
    return choose_spelled(INITIALIZATIONS, line)
