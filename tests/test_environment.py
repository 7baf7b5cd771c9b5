"""The device that follows from the facts of a machine, and the sentence that goes with it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from explorer import environment
from explorer.environment import Decision, Facts, ask_nvidia_smi, decide, is_supported, pick_device

CUDA_BUILD = Facts(torch_version="2.15.0+cu132", cuda_build="13.2")
WITH_CARD = Facts(torch_version="2.15.0+cu132", cuda_build="13.2", card="GeForce RTX 4060", driver="580.10")
TOO_OLD = "CUDA initialization: The NVIDIA driver on your system is too old (found version 11040)."


def changed(facts: Facts, **changes: object) -> Facts:
    return Facts(**{**facts.__dict__, **changes})


CASES = {
    "no driver": (CUDA_BUILD, "cpu", "No NVIDIA driver", "nvidia.com/drivers"),
    "driver does not answer": (changed(CUDA_BUILD, driver_error="couldn't communicate with the NVIDIA driver."),
                               "cpu", "couldn't communicate", "Restart"),
    "a CPU-only build beside a card": (changed(WITH_CARD, torch_version="2.15.0+cpu", cuda_build=None,
                                               torchvision_version="0.29.2+cpu", python="/x/bin/python"),
                                       "cpu", "built for the CPU only",
                                       "/x/bin/python -m uv pip install --python /x/bin/python --torch-backend=auto "
                                       "--reinstall-package torch --reinstall-package torchvision "
                                       "torch==2.15.0 torchvision==0.29.2"),
    "a driver too old": (changed(WITH_CARD, driver="470.1", cuda_warning=TOO_OLD),
                         "cpu", "driver 470.1 is too old for this PyTorch, which is built for CUDA 13.2", "Update"),
    "CUDA fails otherwise": (changed(WITH_CARD, cuda_warning="CUDA unknown error"),
                             "cpu", "CUDA unknown error", "Restart"),
    "CUDA fails in silence": (WITH_CARD, "cpu", "does not say why", "Restart"),
    "cards hidden": (changed(WITH_CARD, visible_devices=""), "cpu", "hides every GPU", "Unset"),
    "cards hidden by -1": (changed(WITH_CARD, visible_devices="-1"), "cpu", "'-1'", "Unset"),
    "ROCm without a card": (Facts(rocm_build="7.1"), "cpu", "AMD", "rocminfo"),
    "a card the build has no code for": (
        changed(WITH_CARD, cuda_available=True, card="GeForce GTX 1060", capability=(6, 1),
                architectures=("sm_75", "sm_90", "compute_120")),
        "cpu", "no code for GeForce GTX 1060", "--torch-backend"),
    "an Intel Mac": (Facts(system="Darwin"), "cpu", "This Mac", None),
    "an Apple chip": (Facts(system="Darwin", mps_available=True), "mps", "Metal", None),
    "all right": (changed(WITH_CARD, cuda_available=True, capability=(8, 9), architectures=("sm_86", "sm_90")),
                  "cuda", "GeForce RTX 4060", None),
}


@pytest.mark.parametrize(("facts", "device", "why", "fix"), CASES.values(), ids=CASES.keys())
def test_the_facts_decide_the_device_and_say_why(facts: Facts, device: str, why: str, fix: str | None) -> None:
    found = decide(facts)
    assert found.device == device
    assert why in str(found.why)
    assert found.fix is None if fix is None else fix in str(found.fix)


@pytest.mark.parametrize(("capability", "architectures", "supported"), [
    ((8, 9), ("sm_80",), True),
    ((8, 0), ("sm_86",), False),
    ((6, 1), ("sm_75", "compute_75"), False),
    ((12, 1), ("sm_90", "compute_90"), True),
    ((9, 0), ("sm_90a",), True),
    ((9, 0), (), True),
    (None, ("sm_90",), True),
])
def test_a_card_runs_code_of_its_own_generation_or_portable_code_of_an_older_one(
        capability: tuple[int, int] | None, architectures: tuple[str, ...], supported: bool) -> None:
    assert is_supported(Facts(capability=capability, architectures=architectures)) is supported


def test_the_command_quotes_a_path_with_spaces_and_brings_uv_where_it_is_missing() -> None:
    command = environment.reinstall_command(Facts(python="C:/My Files/python.exe", has_uv=False))
    assert command.startswith('"C:/My Files/python.exe" -m pip install uv, then "C:/My Files/python.exe" -m uv pip')


@pytest.mark.parametrize(("wanted", "best", "device", "says"), [
    ("auto", "cuda", "cuda", None), ("auto", "mps", "mps", None), ("auto", "cpu", "cpu", None),
    ("cpu", "cuda", "cpu", None), ("cuda", "cuda", "cuda", None), ("mps", "mps", "mps", None),
    ("cuda", "cpu", "cpu", "asks for the NVIDIA GPU, which is not available here. Because. Using the CPU instead"),
    ("mps", "cuda", "cuda", "asks for the Apple GPU"),
])
def test_a_device_that_is_not_there_is_replaced_with_a_sentence(
        monkeypatch: pytest.MonkeyPatch, wanted: str, best: str, device: str, says: str | None) -> None:
    monkeypatch.setattr(environment, "gather", Facts)
    monkeypatch.setattr(environment, "decide", lambda _: Decision(best, environment.text("Because.")))
    picked, sentence = pick_device(wanted)
    assert picked == device
    assert sentence is None if says is None else says in str(sentence)


def fake_nvidia_smi(folder: Path, script: str) -> str:
    path = folder / "nvidia-smi"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for nvidia-smi is a shell script")
@pytest.mark.parametrize(("script", "answer"), [
    ("echo 'Tesla T4, 535.10'", ("Tesla T4", "535.10", "")),
    ("printf 'A100, 550.1\\nA100, 550.1\\n'", ("A100", "550.1", "")),
    ("echo 'NVIDIA-SMI has failed'; exit 9", (None, None, "NVIDIA-SMI has failed")),
    ("echo 'No devices were found'", (None, None, "No devices were found")),
])
def test_nvidia_smi_is_read_whether_it_answers_or_fails(
        tmp_path: Path, script: str, answer: tuple[str | None, str | None, str]) -> None:
    assert ask_nvidia_smi(fake_nvidia_smi(tmp_path, script)) == answer


def test_the_runs_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path))
    assert environment.runs_folder() == tmp_path
    monkeypatch.delenv("EXPLORER_RUNS")
    monkeypatch.chdir(tmp_path)
    assert environment.runs_folder() == tmp_path / "runs"


def test_the_report_of_this_machine_names_what_a_bug_report_needs() -> None:
    import torch

    lines = environment.report().splitlines()
    assert {line.split("  ")[0] for line in lines} >= {"Layerscope", "Python", "PyTorch", "Device", "CPU", "Memory"}
    assert torch.__version__ in lines[2]
    assert decide(environment.gather()).device == pick_device("auto")[0]
    torch.zeros(1, device=pick_device("auto")[0]).add_(1)
