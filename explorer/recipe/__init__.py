"""Recipes: the experiment as one plain document, and everything that can be chosen in one. No torch."""

from explorer.document.initializations import INITIALIZATIONS
from explorer.kinds import Chosen, Kind, choose, choose_spelled
from explorer.recipe.augmentations import AUGMENTATIONS
from explorer.recipe.losses import LOSSES, is_likelihood
from explorer.recipe.migrations import VERSION
from explorer.recipe.optimizers import OPTIMIZERS
from explorer.recipe.recipe import FORMAT, KINDS, Recipe, unknown_setting
from explorer.recipe.rules import RULES
from explorer.recipe.schedules import SCHEDULES, lr_factor
from explorer.recipe.settings import GROUPS, SETTINGS
from explorer.recipe.tasks import TASK_KINDS, default_loss, loss_problem, losses_of

__all__ = ["AUGMENTATIONS", "FORMAT", "GROUPS", "INITIALIZATIONS", "KINDS", "LOSSES", "OPTIMIZERS", "RULES",
           "SCHEDULES", "SETTINGS", "TASK_KINDS", "VERSION", "Chosen", "Kind", "Recipe", "choose", "choose_spelled",
           "default_loss", "is_likelihood", "loss_problem", "losses_of", "lr_factor", "unknown_setting"]
