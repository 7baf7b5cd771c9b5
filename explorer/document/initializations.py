"""Initializations of weights, by name: of a whole network, or of one node."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from explorer.kinds import Chosen, Kind, choose_spelled
from explorer.registry import Registry
from explorer.spec import Choice, Number

_GAIN = Number("gain", "Gain", 1.0, low=0, high=1e3,
               help="Scales the standard deviation. 1 for linear layers and sigmoid; 5/3 is common for tanh, √2 for "
                    "ReLU.")
_FAN = Choice("mode", "Count", "fan_in", ("fan_in", "fan_out"), ("inputs of a unit", "outputs of a unit"),
              help="fan_in preserves the variance of activations going forward, fan_out that of gradients going back.")
_SLOPE = Choice("nonlinearity", "Nonlinearity", "relu", ("relu", "leaky_relu", "tanh", "selu", "linear"),
                ("ReLU", "Leaky ReLU (slope 0.01)", "Tanh", "SELU", "no activation"),
                help="The activation that follows. It sets the gain, as in torch.nn.init.calculate_gain.")
_GLOROT, _HE = "Glorot & Bengio 2010, eq. 16", "He et al. 2015, eq. 10"

INITIALIZATIONS = Registry("initialization", (
    Kind("default", "PyTorch's default", "Uniform, scaled by the number of inputs of each layer.",
         formula=r"w \sim U(-1/\sqrt{n_\mathrm{in}}, 1/\sqrt{n_\mathrm{in}})", source="torch.nn.Linear"),
    Kind("xavier_uniform", "Xavier, uniform",
         "Variance 2/(inputs + outputs): keeps variance through tanh and sigmoid layers.", (_GAIN,),
         r"w \sim U(-a, a), \quad a = g \sqrt{6 / (n_\mathrm{in} + n_\mathrm{out})}", _GLOROT),
    Kind("xavier_normal", "Xavier, normal", "Variance 2/(inputs + outputs), from a normal distribution.", (_GAIN,),
         r"w \sim N(0, 2 g^2 / (n_\mathrm{in} + n_\mathrm{out}))", _GLOROT),
    Kind("kaiming_uniform", "Kaiming, uniform", "Variance 2/inputs: keeps variance through ReLU layers.",
         (_FAN, _SLOPE),
         r"w \sim U(-a, a), \quad a = g \sqrt{3 / n}", _HE),
    Kind("kaiming_normal", "Kaiming, normal", "Variance 2/inputs, from a normal distribution.", (_FAN, _SLOPE),
         r"w \sim N(0, g^2 / n)", _HE),
    Kind("normal", "Normal", "The same standard deviation for every layer, whatever its size.", (
        Number("std", "Standard deviation", 0.01, low=0, high=1e3,
               help="Many older networks used 0.01; deep networks lose their signal with it."),),
        r"w \sim N(0, \sigma^2)", "Dive into Deep Learning, 5.4"),
    Kind("uniform", "Uniform", "Uniform between two bounds.", (
        Number("bound", "Bound", 0.1, low=0, high=1e3, help="Weights lie between -bound and +bound."),),
        r"w \sim U(-a, a)", "torch.nn.init.uniform_"),
    Kind("orthogonal", "Orthogonal", "Orthogonal rows: the norm of a signal is preserved exactly from layer to layer.",
         (replace(_GAIN, default=1.0),), r"W W^\top = g^2 I", "Saxe et al. 2014"),
    Kind("zeros", "Zeros", "Every weight is 0, so all units of a layer stay identical. Shows why nobody does this.",
         formula="w = 0", source="Dive into Deep Learning, 5.4"),
    Kind("constant", "Constant", "Every weight has the same value, so the units of a layer stay identical.", (
        Number("value", "Value", 0.01, low=-1e3, high=1e3, help="The initial value of every weight."),), "w = c",
        "Dive into Deep Learning, 5.4 and 6.3"),
    Kind("lsuv", "LSUV (from the data)", "Orthogonal, then each layer is scaled until its output on a batch of the "
         "data has variance 1.", (
             Number("tolerance", "Tolerance", 0.05, low=1e-6, high=1, help="How far from 1 the variance may be."),),
         r"W \leftarrow W / \sqrt{\mathrm{Var}(y)}", "Mishkin & Matas 2016, algorithm 1"),
))
NOT_OF_A_NODE = ("lsuv",)  # they need the data, and thus the whole network


@lru_cache(maxsize=64)
def read_init(line: str) -> Chosen:
    """Parse an initialization such as `normal(std=0.01)`. Raises BadValue."""
    return choose_spelled(INITIALIZATIONS, line)
