"""A watcher that speaks the protocol as a browser does: it keeps what it has and asks for the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from explorer.live.message import unpack_message

GROWING = {"step": 0, "raw": 1, "means_step": 0, "means": 1, "epoch_step": 0, "validation": 1, "test": 1,
           "strip_step": 0, "strip": 0}  # name -> the axis along which it grows


@dataclass
class Watcher:
    """Everything received so far. sent: how many numbers each message brought."""

    meta: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    sent: list[int] = field(default_factory=list)

    @property
    def since(self) -> str:
        return self.meta.get("cursor", "")

    def take(self, body: bytes) -> Watcher:
        arrays, self.meta = unpack_message(body)
        if self.meta["replace"]:
            self.arrays = {}
        for name, values in arrays.items():
            if name in GROWING and name in self.arrays:
                values = np.concatenate([self.arrays[name], values], GROWING[name])
            self.arrays[name] = values
        self.sent.append(sum(values.size for values in arrays.values()))
        return self

    def line(self, part: str, chart: str) -> np.ndarray:
        return self.arrays[part][[each["name"] for each in self.meta["charts"]].index(chart)]
