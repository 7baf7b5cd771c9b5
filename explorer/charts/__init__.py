"""A run's numbers as results to be drawn: no torch, no Streamlit; `figures.draw(charts.loss(run))` draws them.

A chart of a run takes the run, or its RunNumbers where they have been read already; reading may raise DamagedMetrics.
"""

from explorer.charts.fold_bars import folds
from explorer.charts.layer_plots import distribution, histogram, layer_statistics
from explorer.charts.learning_rates import learning_rate, schedule
from explorer.charts.mistakes import calibration, class_accuracy, confusion
from explorer.charts.probability_bars import class_probabilities
from explorer.charts.propagation import largest_outputs, signal_propagation, unit_shares
from explorer.charts.training_curves import accuracy, gradient_norm, latest, loss, loss_by_epoch

__all__ = ["accuracy", "calibration", "class_accuracy", "class_probabilities", "confusion", "distribution", "folds",
           "gradient_norm", "histogram", "largest_outputs", "latest", "layer_statistics", "learning_rate", "loss",
           "loss_by_epoch", "schedule", "signal_propagation", "unit_shares"]
