"""PyTorch's settings: deterministic mode means what PyTorch's own call means, and nothing of it stays behind."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch

from explorer.training.loop.torch_settings import set_deterministic, torch_kept

FLAGS = """
import sys, torch
from explorer.training.loop.torch_settings import set_deterministic
{first}
set_deterministic({wanted})
print("torch._dynamo" in sys.modules)
import torch._inductor.config
print(torch.get_deterministic_debug_mode(), torch._inductor.config.deterministic)
"""


def flags(wanted: bool, first: str = "") -> list[str]:
    """Print in a process of its own: whether the compiler was imported; the flags of torch and of its compiler."""
    done = subprocess.run([sys.executable, "-c", FLAGS.format(wanted=wanted, first=first)], capture_output=True,
                          text=True, check=True)
    return done.stdout.splitlines()


def test_deterministic_mode_imports_no_compiler_and_one_imported_later_is_deterministic_too() -> None:
    assert flags(True) == ["False", "1 True"]


def test_fast_mode_is_fast_in_a_compiler_imported_before() -> None:
    first = "torch.use_deterministic_algorithms(True)"
    assert flags(False, first) == ["True", "0 False"]


@pytest.mark.parametrize("mode", ["default", "warn", "error"])
def test_determinism_is_put_back_with_the_compilers(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch._inductor.config", None)
    before = torch.get_deterministic_debug_mode()
    try:
        torch.set_deterministic_debug_mode(mode)
        for wanted in (True, False):
            with torch_kept():
                set_deterministic(wanted)
                assert torch.are_deterministic_algorithms_enabled() is wanted
                assert ("TORCHINDUCTOR_DETERMINISTIC" in os.environ) is wanted
            assert torch.get_deterministic_debug_mode() == ("default", "warn", "error").index(mode)
            assert "TORCHINDUCTOR_DETERMINISTIC" not in os.environ
    finally:
        torch.set_deterministic_debug_mode(before)
