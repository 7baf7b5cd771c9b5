"""A person's own data: read from images, a table or a text, checked, and kept as tensors under an id.

`images`, `tables` and `text_file` read; `shelf` keeps. Only `shelf` is imported here: the readers need numpy.
"""

from explorer.data.own.record import Prepared, Record, Refused, wanted_by
from explorer.data.own.shelf import NAME, OWN, Kept, delete, keep, kept

__all__ = ["NAME", "OWN", "Kept", "Prepared", "Record", "Refused", "delete", "keep", "kept",
           "wanted_by"]
