"""A person's own data: read from a zip of images or a table, checked, and kept as tensors under an id.

`images` and `tables` read; `shelf` keeps. Only `shelf` is imported here: it needs no numpy, the readers do.
"""

from explorer.data.own.record import Prepared, Record, Refused, wanted_by
from explorer.data.own.shelf import NAME, OWN, Kept, delete, keep, kept

__all__ = ["NAME", "OWN", "Kept", "Prepared", "Record", "Refused", "delete", "keep", "kept",
           "wanted_by"]
