"""A student's guess before the run, and its outcome."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from explorer import tasks
from explorer.formatting import format_percent
from explorer.recipe import Recipe
from explorer.results import Probabilities
from explorer.training import Run
from explorer.training.analysis.guess import LEVEL, Guess, guess_of, reached_in, write_guess
from explorer.training.records.metrics import EpochRow
from explorer.ui.language import _
from explorer.ui.session.fields import typed

_KEY = "guess"


def draw_guess(recipe: Recipe, disabled: bool) -> None:
    """Draw the field for the guess, for tasks whose accuracy can come near 1."""
    if tasks.of(recipe).answers is Probabilities:
        st.number_input(_("Your guess: first epoch with at least {level}", level=format_percent(LEVEL)), min_value=1,
                        max_value=recipe.epochs, value=None, step=1, key=_KEY, disabled=disabled,
                        placeholder=_("no guess"),
                        help=_("In which epoch will it first get {level} of the held-out samples right? Enter it "
                               "before you press Train; the page shows how close you were.",
                               level=format_percent(LEVEL)))


def keep_guess(run: Run) -> None:
    """Write down what was guessed for this run, if anything. Raises OSError."""
    if epoch := typed(_KEY):
        write_guess(run, Guess(int(epoch)))


def outcome_words(run: Run, epochs: Sequence[EpochRow], live: bool) -> str:
    """Compare the guess with the outcome in one line; nothing where nobody guessed."""
    guess = guess_of(run)
    if guess is None:
        return ""
    guessed = _("You guessed {level} in epoch {epoch}:", level=format_percent(guess.level), epoch=guess.epoch)
    reached = reached_in(guess, epochs)
    if reached is None:
        return f"{guessed} {_('not there yet.') if live else _('it never got there.')}"
    if reached == guess.epoch:
        return f"{guessed} {_('exactly right.')}"
    return f"{guessed} {_('it was epoch {epoch}.', epoch=reached)}"
