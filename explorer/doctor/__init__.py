"""The doctor: finds what is wrong with a run, with a plot as evidence and changes to try in twin runs.

Modules that need torch are imported at first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explorer.doctor.diagnosis import diagnose, judge, title_of
    from explorer.doctor.evidence import Evidence, gather
    from explorer.doctor.finding import Cure, Finding, Rule
    from explorer.doctor.rules import RULES
    from explorer.doctor.verdict import Verdict, judge_twin

__all__ = ["RULES", "Cure", "Evidence", "Finding", "Rule", "Verdict", "diagnose", "gather", "judge", "judge_twin",
           "title_of"]

_LATER = {"diagnose": "diagnosis", "judge": "diagnosis", "title_of": "diagnosis",
          "Evidence": "evidence", "gather": "evidence",
          "Cure": "finding", "Finding": "finding", "Rule": "finding", "RULES": "rules", "Verdict": "verdict",
          "judge_twin": "verdict"}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(importlib.import_module(f"explorer.doctor.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
