"""The optimizers a recipe may name, with every setting they have; training.optimize makes them."""

from __future__ import annotations

from dataclasses import replace

from explorer.kinds import Kind
from explorer.registry import Registry
from explorer.spec import Flag, Number

_LR = Number("lr", "Learning rate", 0.1, low=0, high=1e6,
             help="The size of a step against the gradient. Too small and nothing moves, too large and the loss jumps.")
_MOMENTUM = Number("momentum", "Momentum", 0.0, low=0, high=0.9999,
                   help="The share of the last step that is kept. 0 is plain SGD; 0.9 is common and smooths the path.")
_EPSILON = Number("eps", "Epsilon", 1e-8, low=0, high=1,
                  help="Added below the fraction, so that nothing is divided by zero. Rarely worth touching.")
_BETAS = (
    Number("beta1", "Beta 1", 0.9, low=0, high=0.999999, help="How long the mean of the gradients remembers."),
    Number("beta2", "Beta 2", 0.999, low=0, high=0.999999, help="How long the mean of their squares remembers."),
)
_AMSGRAD = Flag("amsgrad", "AMSGrad", False,
                help="Divides by the largest mean of squares so far, so that steps can only shrink.")

OPTIMIZERS = Registry("optimizer", (
    Kind("sgd", "SGD", "One step straight against the gradient; with momentum, a ball rolling down.", (
        _LR, _MOMENTUM,
        Flag("nesterov", "Nesterov", False,
             help="Looks ahead: takes the gradient where momentum is about to carry the weights. Needs momentum."),
        Number("dampening", "Dampening", 0.0, low=0, high=1,
               help="How much less of the new gradient goes into the momentum. Keep at 0 with Nesterov."),
    ), r"v \leftarrow \beta v + (1 - d)\, g, \quad w \leftarrow w - \eta v", "Dive into Deep Learning, 12.4 and 12.6"),
    Kind("adagrad", "Adagrad", "Steps shrink for weights that have had large gradients: good for rare features.", (
        replace(_LR, default=0.01),
        Number("lr_decay", "Learning rate decay", 0.0, low=0, high=1e3,
               help="Divides the learning rate by 1 + this times the step."),
        Number("initial_accumulator_value", "Start of the sum", 0.0, low=0, high=1e6,
               help="The sum of squared gradients begins at this instead of 0, so that first steps are smaller."),
        replace(_EPSILON, default=1e-10),
    ), r"s \leftarrow s + g^2, \quad w \leftarrow w - \eta\, g / (\sqrt{s} + \epsilon)",
        "Duchi et al. 2011; Dive into Deep Learning, 12.7"),
    Kind("rmsprop", "RMSProp", "Adagrad that forgets: divides by a running mean of the squared gradients.", (
        replace(_LR, default=0.01),
        Number("alpha", "Alpha", 0.99, low=0, high=0.999999, help="How long the mean of squares remembers."),
        _MOMENTUM,
        Flag("centered", "Centered", False,
             help="Divides by the gradients' standard deviation instead of their mean square."),
        _EPSILON,
    ), r"s \leftarrow \alpha s + (1 - \alpha) g^2, \quad w \leftarrow w - \eta\, g / (\sqrt{s} + \epsilon)",
        "Tieleman & Hinton 2012; Dive into Deep Learning, 12.8"),
    Kind("adam", "Adam", "Scales each weight's step by the recent size of its own gradient.",
         (replace(_LR, default=0.001), *_BETAS, _EPSILON, _AMSGRAD),
         r"m \leftarrow \beta_1 m + (1 - \beta_1) g, \; s \leftarrow \beta_2 s + (1 - \beta_2) g^2, \; "
         r"w \leftarrow w - \eta\, \hat m / (\sqrt{\hat s} + \epsilon)",
         "Kingma & Ba 2015; Dive into Deep Learning, 12.10"),
    Kind("adamw", "AdamW", "Adam whose weight decay pulls at the weights themselves, not at the gradient.",
         (replace(_LR, default=0.001), *_BETAS, _EPSILON, _AMSGRAD),
         r"w \leftarrow (1 - \eta \lambda) w - \eta\, \hat m / (\sqrt{\hat s} + \epsilon)",
         "Loshchilov & Hutter 2019"),
))
