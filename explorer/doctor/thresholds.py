"""Every number that a rule judges by, with where it comes from.

"Measured here" means: on the networks of the zoo that train on the digits, at the start and after training with their
own recipes, and on the illnesses that tests/training/doctor makes on purpose. The worst healthy and the mildest ill
value stand behind each. "A convention" has no source: it is what this program takes for worth telling.
"""

# How much there has to be before anything is said.
LEAST_STEPS = 20  # fewer losses than this have no trend; a convention of this program

# Signals. Glorot & Bengio 2010, section 4, ask for equal spread and equal gradients in all layers.
GRADIENT_LOST = 1e-6  # first layer's gradient : last one's. Healthy: 6e-5 (LeNet, sigmoids); ill: 1e-12 (20 sigmoids)
SPREAD_LOST = 1e-6    # output's spread : input's. Healthy: 1.4e-4 (LeNet); ill: 5e-13 (10 ReLU, N(0, 0.01))
GRADIENT_EXPLODED = 1e4  # first layer's gradient : last one's. Healthy: 350 (ResNet-50); ill: 1e5 (8 ReLU, 5 × Kaiming)
SPREAD_EXPLODED = 1e4    # largest spread : input's. Healthy: 11 (ResNet-50), 146 (saturated); ill: 4e5 (as above)

# Units.
DEAD_SHARE = 0.95       # of a layer's units. Healthy: 0.90 (MLP, SGD at 0.5, 94 % right), 0.60 fresh; ill: 0.99 to 1
SATURATED_SHARE = 0.85  # of a layer's values. Healthy: 0.65 (LeNet, trained); ill: 0.90 (sigmoid, weights × 100)
OTHER_SEEDS = 5         # drawn anew to tell an unlucky seed from an ill design
LUCKY_SEEDS = 3         # so many of them have to let the signal through: a majority

# The learning rate.
PEAK_OVER_START = 1.6   # smoothed loss : the larger of first loss and guessing. Healthy: 1.37 (LeNet, SGD at 0.9, three
                        # seeds); ill: 1.85 (MLP, SGD at 2)
PEAK_STEPS = 5          # over so many steps the loss is averaged there, so that one hard batch is no peak
LOW_UPDATE = 1e-3       # largest step : weights. "Somewhere around 1e-3": Karpathy, CS231n notes, Neural Networks 3
SAFE_UPDATE = 0.1       # the same, of the strongest cure's first step. Healthy: 0.05 to 0.24 (LeNet, Adam)
LITTLE_PROGRESS = 0.2   # of the first loss: less than this was gained. 0.03 to 0 (MLP, SGD at 0.001 and below)

# The course of the loss.
NEAR_GUESS = 0.03       # |loss - guessing| : guessing. Healthy: LeNet waits at 2.30 to 2.32 where guessing is 2.303
STILL_HIGH = 0.5        # of the guessing loss: little has been learned; a convention
STILL_FALLING = 0.2     # gained in the last third, of all gained. At rest: 0 (a line on spirals); falling: 0.6 (ViT)
UNDERFIT_LOSS = 0.6     # of the guessing loss. Healthy: 0.07 (Playground), 0.28 (LSTM, four epochs); ill: 0.95 (a
                        # line on two spirals)
OVERFIT_RISE = 1.25     # validation loss : its lowest. Healthy: 1.16 (MLP, 20 epochs on 1,294 digits: chance)
OVERFIT_ILL_RISE = 1.5  # from here on ill. To be watched: 1.41 (LeNet, 20 epochs on 1,294 digits); ill: 3.9
OVERFIT_GAP = 2.0       # validation loss : training loss, at the same time; a convention
OVERFIT_ACCURACY_GAP = 0.05  # training minus validation accuracy, for it to be called ill; a convention
CLASS_SAMPLES = 5       # held-out samples of a class, for its silence to mean anything; a convention
YOUNG_EPOCHS = 3        # before, classes come one after the other: LeNet says two digits not once in its first epoch
LEARNED_OVER_GUESS = 1.5  # accuracy : the largest class's share: from here on it is not guessing; a convention

# Comparing a twin with its parent.
LOSS_DIFFERENCE = 0.1   # of the parent's loss; a convention, since a loss comes without its error
ERRORS_OF_ACCURACY = 2.0  # standard errors of the difference of two shares

# Replaying a run to the first number that is not finite.
REPLAYED_STEPS = 2_000
