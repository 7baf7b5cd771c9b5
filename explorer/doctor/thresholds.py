"""Thresholds of the rules, each with its source.

Values without a citation were measured here: on the networks of the zoo that train on the digits, at the start and
after training with their own recipes, and on the faulty runs that tests/doctor makes on purpose. Each comment has the
worst healthy and the mildest faulty value. "A convention" has no source: this program's choice of what to report.
"""

# Least data for any finding.
LEAST_STEPS = 20  # fewer losses than this have no trend; a convention of this program

# Signals. Glorot & Bengio 2010, section 4, ask for equal spread and equal gradients in all layers.
GRADIENT_LOST = 1e-6  # first layer's gradient : last one's. Healthy: 6e-5 (LeNet, sigmoid); faulty: 1e-12 (20 sigmoid)
SPREAD_LOST = 1e-6    # output's spread : input's. Healthy: 1.4e-4 (LeNet); faulty: 5e-13 (10 ReLU, N(0, 0.01))
GRADIENT_EXPLODED = 1e4  # as GRADIENT_LOST. Healthy: 350 (ResNet-50); faulty: 1e5 (8 ReLU, Kaiming × 5)
SPREAD_EXPLODED = 1e4    # largest spread : input's. Healthy: 11 (ResNet-50), 146 (saturated); faulty: 4e5 (as above)

# Units.
DEAD_SHARE = 0.95       # of a layer's units. Healthy: 0.90 (MLP, SGD at 0.5, 94 % right), 0.60 fresh; faulty: 0.99 to 1
SATURATED_SHARE = 0.85  # of a layer's values. Healthy: 0.65 (LeNet, trained); faulty: 0.90 (sigmoid, weights × 100)
OTHER_SEEDS = 5         # tried to tell an unlucky seed from a bad architecture
LUCKY_SEEDS = 3         # this many of them must let the signal through: a majority

# The learning rate.
PEAK_OVER_START = 1.6   # mean loss : the larger of first and chance loss. Healthy: 1.37 (LeNet, SGD at 0.9, three
                        # seeds); faulty: 1.85 (MLP, SGD at 2)
PEAK_STEPS = 5          # the loss is averaged over this many steps, so that one hard batch is no peak
LOW_UPDATE = 1e-3       # largest step : weights. "Somewhere around 1e-3": Karpathy, CS231n notes, Neural Networks 3
SAFE_UPDATE = 0.1       # the same ratio, for the first step of the strongest cure. Healthy: 0.05 to 0.24 (LeNet, Adam)
LITTLE_PROGRESS = 0.2   # of the first loss: it fell by less than this. 0.03 to 0 (MLP, SGD at 0.001 and below)

# The course of the loss.
NEAR_CHANCE = 0.03      # |loss - chance| : chance. Healthy: LeNet waits at 2.30 to 2.32 where chance is 2.303
STILL_HIGH = 0.5        # of the chance loss: little has been learned; a convention
STILL_FALLING = 0.2     # share of the fall in the last third. Level: 0 (a line on spirals); falling: 0.6 (ViT)
UNDERFIT_LOSS = 0.6     # of the chance loss. Healthy: 0.07 (Playground), 0.28 (LSTM, four epochs); faulty: 0.95 (a
                        # line on two spirals)
OVERFIT_RISE = 1.25     # validation loss : its lowest. Healthy: 1.16 (MLP, 20 epochs on 1,294 digits: chance)
OVERFIT_SEVERE_RISE = 1.5  # severe above this. To watch: 1.41 (LeNet, 20 epochs on 1,294 digits); faulty: 3.9
OVERFIT_GAP = 2.0       # validation loss : training loss, at the same time; a convention
OVERFIT_ACCURACY_GAP = 0.05  # training minus validation accuracy; severe above this; a convention
CLASS_SAMPLES = 5       # fewer held-out samples of a class prove nothing; a convention
YOUNG_EPOCHS = 3        # before, classes are learned one by one: LeNet never predicts two digits in its first epoch
ABOVE_CHANCE = 1.5      # accuracy : the largest class's share: better than chance above this; a convention

# Comparing a twin with its parent.
LOSS_DIFFERENCE = 0.1   # of the parent's loss; a convention, since a loss comes without its error
ERRORS_OF_ACCURACY = 2.0  # standard errors of the difference of two shares

# Replaying a run to the first non-finite number.
REPLAYED_STEPS = 2_000
