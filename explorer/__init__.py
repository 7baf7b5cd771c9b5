"""Layerscope's library: networks as documents, their training, and what can be read off them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explorer.training.work.own_loop import record

__version__ = "0.1.0"
__all__ = ["record"]


def __getattr__(name: str) -> Any:
    if name == "record":  # it needs torch, most of the library does not
        from explorer.training.work.own_loop import record

        return record
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
