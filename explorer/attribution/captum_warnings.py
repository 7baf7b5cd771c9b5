"""Warnings of Captum that are no news here: hooks are put on a private copy, and inputs are made ready."""

from __future__ import annotations

import warnings


def ignore_captum_warnings() -> None:
    """Ignore warnings that come from Captum's modules; to do so again changes nothing.

    >>> ignore_captum_warnings()
    """
    warnings.filterwarnings("ignore", module=r"captum\.")
