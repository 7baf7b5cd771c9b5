"""Ids of nodes."""

from __future__ import annotations

import itertools
import keyword
import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from explorer.text import Text, text

# Names that a child of an nn.Module cannot have, because they would hide an attribute of Module or of our
# own module; frozen here so that documents mean the same under every torch (a test compares them).
_RESERVED = """
add_module apply bfloat16 bind_names buffers call_super_init children compile cpu cuda double dump_patches eval
extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia
named_buffers named_children named_modules named_parameters parameters register_backward_hook register_buffer
register_forward_hook register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook
register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module register_parameter
register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory
state_dict to to_empty train training type xpu zero_grad self torch nn F T_destination
"""
RESERVED_IDS = frozenset(_RESERVED.split())
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")


def check_id(node_id: str) -> Text | None:
    """Return why a node cannot have this id, or None.

    >>> str(check_id("type"))
    'The name type is reserved by Python or PyTorch.'
    >>> check_id("conv1")
    """
    if not _ID.fullmatch(node_id):
        return text("A node's name starts with a letter and has only letters, digits and _, at most 63 characters.")
    if keyword.iskeyword(node_id) or keyword.issoftkeyword(node_id) or node_id in RESERVED_IDS:
        return text("The name {name} is reserved by Python or PyTorch.", name=node_id)
    return None


def free_id(wanted: str, taken: Iterable[str]) -> str:
    """Return `wanted` as a valid id that is not in `taken`, with a number appended if necessary.

    >>> free_id("conv2d", ["conv2d", "conv2d1"])
    'conv2d2'
    """
    taken = taken if isinstance(taken, AbstractSet | Mapping) else set(taken)
    stem = re.sub(r"\W", "_", wanted, flags=re.ASCII).strip("_")[:50] or "node"
    stem = stem if stem[0].isalpha() else f"node_{stem}"
    if stem not in taken and check_id(stem) is None:
        return stem
    stem = stem.rstrip("0123456789") or stem
    numbered = (f"{stem}{number}" for number in itertools.count(1))
    return next(name for name in numbered if name not in taken and check_id(name) is None)
