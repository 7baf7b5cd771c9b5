"""Charts of a run's numbers, as results: `figures.draw(charts.loss(run))` draws one. No torch, no Streamlit.

A chart takes the run, or its RunNumbers if they have already been read; reading may raise DamagedMetrics.
"""

from explorer.charts.fold_bars import folds
from explorer.charts.layer_plots import distribution, histogram, layer_statistics
from explorer.charts.learning_rates import learning_rate, schedule
from explorer.charts.mistakes import calibration, class_accuracy, confusion
from explorer.charts.probability_bars import class_probabilities
from explorer.charts.propagation import largest_outputs, signal_propagation, unit_shares
from explorer.charts.training_curves import gradient_norm, latest, loss, loss_by_epoch, metric

__all__ = ["calibration", "class_accuracy", "class_probabilities", "confusion", "distribution", "folds",
           "gradient_norm", "histogram", "largest_outputs", "latest", "layer_statistics", "learning_rate", "loss",
           "loss_by_epoch", "metric", "schedule", "signal_propagation", "unit_shares"]
