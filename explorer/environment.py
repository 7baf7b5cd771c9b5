"""Facts of this machine and the device that will train: why that one, and how to get a better one.

Facts are gathered once (`gather`); what follows from them is decided by pure functions (`decide`).
"""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

from explorer import __version__, data
from explorer.formatting import format_bytes
from explorer.text import Text, text

RUNS_VARIABLE = "EXPLORER_RUNS"
_NVIDIA_SMI_WITHIN_S = 10
_DEVICE_NAMES = {"cuda": "NVIDIA GPU", "mps": "Apple GPU", "cpu": "CPU"}


@dataclass(frozen=True)
class Facts:
    """Facts that decide the device. Versions are None where something is not installed.

    `driver` is what nvidia-smi reports; `driver_error` what it says when it is there and fails. `capability` is the
    card's (major, minor); `architectures` are those the PyTorch build has code for (`sm_90`, `compute_120`).
    """

    system: str = "Linux"
    torch_version: str = "2.15.0"
    torchvision_version: str = "0.29.0"
    cuda_build: str | None = None
    rocm_build: str | None = None
    cuda_available: bool = False
    cuda_warning: str = ""
    card: str | None = None
    capability: tuple[int, int] | None = None
    architectures: tuple[str, ...] = ()
    mps_available: bool = False
    driver: str | None = None
    driver_error: str = ""
    visible_devices: str | None = None
    python: str = "python"
    has_uv: bool = True


@dataclass(frozen=True)
class Decision:
    """The best device available, the reason for it, and the step that would bring a better one (None: nothing to do).
    """

    device: str
    why: Text
    fix: Text | None = None


def decide(facts: Facts) -> Decision:
    """Choose the device that follows from the facts; never raises."""
    if facts.cuda_available:
        if is_supported(facts):
            return Decision("cuda", text("{card} is used.", card=facts.card or _DEVICE_NAMES["cuda"]))
        return Decision("cpu", *_card_too_old(facts))
    if facts.mps_available:
        return Decision("mps", text("This Mac's GPU is used, through Metal."))
    if facts.system == "Darwin":
        return Decision("cpu", text("This Mac has no GPU that PyTorch can use: it needs an Apple chip and macOS 14."))
    return Decision("cpu", *_why_no_cuda(facts))


def is_supported(facts: Facts) -> bool:
    """Check whether the build has code for the card: of its generation and no newer, or portable code of an older one.
    """
    if facts.rocm_build or facts.capability is None or not facts.architectures:
        return True
    major, minor = facts.capability
    for name in facts.architectures:
        kind, _, digits = name.rstrip("af").partition("_")
        if not digits.isdigit():
            continue
        code = divmod(int(digits), 10)
        if kind == "sm" and code[0] == major and code[1] <= minor:
            return True
        if kind == "compute" and code <= (major, minor):
            return True
    return False


def _card_too_old(facts: Facts) -> tuple[Text, Text]:
    why = text("This PyTorch ({build}) has no code for {card} (compute capability {capability}).",
               build=facts.torch_version, card=facts.card or "the card", capability=_dotted(facts.capability))
    return why, text("Install an older PyTorch build for an older card, a newer PyTorch for a very new one: {command}",
                     command=reinstall_command(facts, any_version=True))


def _why_no_cuda(facts: Facts) -> tuple[Text, Text]:
    if facts.visible_devices in ("", "-1"):
        return (text("CUDA_VISIBLE_DEVICES is set to {value}, which hides every GPU.",
                     value=repr(facts.visible_devices)),
                text("Unset CUDA_VISIBLE_DEVICES and restart Layerscope."))
    if facts.rocm_build:
        return (text("This PyTorch is built for AMD cards (ROCm {version}) and finds none.", version=facts.rocm_build),
                text("With an AMD card, check that rocminfo lists it; with an NVIDIA card: {command}",
                     command=reinstall_command(facts)))
    if facts.driver is None and facts.driver_error:
        return (text("The NVIDIA driver does not answer: {error}", error=facts.driver_error),
                text("Restart the machine. If that does not help, reinstall the driver from nvidia.com/drivers."))
    if facts.driver is None:
        return (text("No NVIDIA driver was found (there is no nvidia-smi)."),
                text("Without an NVIDIA card this is expected. With one, install its driver from nvidia.com/drivers "
                     "and restart Layerscope."))
    if facts.cuda_build is None:
        return (text("This machine has a {card}, but this PyTorch ({build}) is built for the CPU only.",
                     card=facts.card or "NVIDIA", build=facts.torch_version),
                text("Install the build with CUDA: {command}", command=reinstall_command(facts)))
    return _why_driver_fails(facts)


def _why_driver_fails(facts: Facts) -> tuple[Text, Text]:
    if "too old" in facts.cuda_warning:
        return (text("The NVIDIA driver {driver} is too old for this PyTorch, which is built for CUDA {cuda}.",
                     driver=facts.driver, cuda=facts.cuda_build),
                text("Update the driver from nvidia.com/drivers, or install a PyTorch build that fits it: {command}",
                     command=reinstall_command(facts, any_version=True)))
    return (text("PyTorch cannot start CUDA on {card}, driver {driver}: {warning}", card=facts.card or "the card",
                 driver=facts.driver, warning=facts.cuda_warning or "it does not say why."),
            text("Restart the machine. If that does not help, update the driver from nvidia.com/drivers."))


def reinstall_command(facts: Facts, any_version: bool = False) -> str:
    """Build the command that installs the PyTorch build for this machine, torch and torchvision as a pair."""
    python = f'"{facts.python}"' if " " in facts.python else facts.python
    pair = ["torch", "torchvision"]
    if not any_version:
        pair = [f"torch=={_public(facts.torch_version)}", f"torchvision=={_public(facts.torchvision_version)}"]
    first = "" if facts.has_uv else f"{python} -m pip install uv, then "
    return (f"{first}{python} -m uv pip install --python {python} --torch-backend=auto "
            f"--reinstall-package torch --reinstall-package torchvision {' '.join(pair)}")


def pick_device(wanted: str) -> tuple[str, Text | None]:
    """Resolve a recipe's "auto", "cpu", "cuda" or "mps" to a torch device, with a sentence where another one is used.
    """
    if wanted == "cpu":
        return "cpu", None
    found = decide(gather())
    if wanted in ("auto", found.device):
        return found.device, None
    return found.device, text("The recipe asks for the {wanted}, which is not available here. {why} Using the {device} "
                              "instead.", wanted=_DEVICE_NAMES.get(wanted, wanted),
                              why=found.why if wanted == "cuda" else text(""), device=_DEVICE_NAMES[found.device])


@functools.cache
def gather() -> Facts:
    """Collect this machine's facts, once per process; nvidia-smi runs only where PyTorch sees no GPU."""
    import torch

    available, capability, warning = _start_cuda()
    card, driver, error = (torch.cuda.get_device_name(0), None, "") if available else ask_nvidia_smi()
    return Facts(
        system=platform.system(), torch_version=torch.__version__, torchvision_version=_version_of("torchvision"),
        cuda_build=torch.version.cuda, rocm_build=torch.version.hip, cuda_available=available,
        cuda_warning=warning, card=card, capability=capability,
        architectures=tuple(torch.cuda.get_arch_list()) if available else (),
        mps_available=torch.backends.mps.is_available(), driver=driver, driver_error=error,
        visible_devices=os.environ.get("CUDA_VISIBLE_DEVICES"), python=sys.executable,
        has_uv=importlib.util.find_spec("uv") is not None)


def _start_cuda() -> tuple[bool, tuple[int, int] | None, str]:
    """Start CUDA without console output: (whether it starts, the first card's capability, PyTorch's warning)."""
    import torch

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            capability = torch.cuda.get_device_capability(0) if torch.cuda.is_available() else None
        except (RuntimeError, AssertionError) as error:
            return False, None, str(error)
    return capability is not None, capability, " ".join(str(one.message).strip() for one in caught)


def ask_nvidia_smi(command: str | None = None) -> tuple[str | None, str | None, str]:
    """Read (card, driver version, error) from nvidia-smi; (None, None, "") where it is not installed."""
    command = command or shutil.which("nvidia-smi")
    if command is None:
        return None, None, ""
    try:
        told = subprocess.run([command, "--query-gpu=name,driver_version", "--format=csv,noheader"], check=False,
                              capture_output=True, text=True, errors="replace", timeout=_NVIDIA_SMI_WITHIN_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, None, str(error)
    card, comma, driver = (told.stdout.strip().splitlines() or [""])[0].rpartition(",")
    if told.returncode or not comma:
        return None, None, " ".join((told.stdout + told.stderr).split())[:200] or "nvidia-smi lists no card."
    return card.strip(), driver.strip(), ""


def runs_folder() -> Path:
    """Locate the folder of runs: $EXPLORER_RUNS, else `runs` in the folder Layerscope was started from."""
    return Path(os.environ.get(RUNS_VARIABLE, "").strip() or "runs").expanduser().absolute()


def describe() -> list[tuple[Text, Text]]:
    """List (name, value) of everything worth knowing about this machine, in reading order."""
    import psutil
    import torch

    facts = gather()
    found = decide(facts)
    memory = psutil.virtual_memory()
    rows = [
        (text("Layerscope"), text(__version__)),
        (text("Python"), text("{version} on {system}", version=platform.python_version(), system=platform.platform())),
        (text("PyTorch"), text("{version}, built for {build}", version=facts.torch_version, build=_build(facts))),
        (text("torchvision"), _torchvision_state(facts)),
        (text("Device"), text("{device}: {why}", device=_DEVICE_NAMES[found.device], why=found.why)),
        *([(text("What to do"), found.fix)] if found.fix else []),
        (text("CPU"), text("{threads} threads for PyTorch, {cores} cores",
                           threads=torch.get_num_threads(), cores=os.cpu_count())),
        (text("Memory"), _memory_text(memory.available, memory.total)),
        (text("Data folder"), _folder_text(data.folder())),
        (text("Runs folder"), _folder_text(runs_folder())),
    ]
    if found.device == "cuda":
        rows.insert(-2, (text("GPU memory"), _memory_text(*torch.cuda.mem_get_info())))
    return rows


def report(*more: tuple[Text, Text]) -> str:
    """Format `describe`, and more rows, as lines of plain text, for a terminal or a bug report."""
    rows = [(str(name), str(value)) for name, value in (*describe(), *more)]
    width = max(len(name) for name, _ in rows) + 2
    return "\n".join(f"{name:<{width}}{value}" for name, value in rows)


def _memory_text(free_bytes: int, total_bytes: int) -> Text:
    return text("{free} free of {total}", free=format_bytes(free_bytes), total=format_bytes(total_bytes))


def _build(facts: Facts) -> str:
    if facts.rocm_build:
        return f"ROCm {facts.rocm_build}"
    if facts.cuda_build:
        return f"CUDA {facts.cuda_build}"
    return "macOS" if facts.system == "Darwin" else "the CPU only"


def _torchvision_state(facts: Facts) -> Text:
    """Read its version; where it does not match torch, add the reason and the command that installs the pair."""
    try:
        import torchvision  # noqa: F401
    except (ImportError, RuntimeError, OSError) as error:
        return text("{version} does not work with this PyTorch ({reason}). Install the pair together: {command}",
                    version=facts.torchvision_version, reason=str(error).splitlines()[0][:120],
                    command=reinstall_command(facts, any_version=True))
    return text("{version}", version=facts.torchvision_version)


def _folder_text(folder: Path) -> Text:
    if not folder.exists():
        return text("{folder} (created when needed)", folder=str(folder))
    if not os.access(folder, os.W_OK):
        return text("{folder} (not writable)", folder=str(folder))
    free = format_bytes(shutil.disk_usage(folder).free)
    return text("{folder} ({free} free on its disk)", folder=str(folder), free=free)


def _version_of(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _public(version: str) -> str:
    """Strip the build from a version: `2.15.0+cpu` becomes `2.15.0`."""
    return version.partition("+")[0]


def _dotted(capability: tuple[int, int] | None) -> str:
    return "{}.{}".format(*capability) if capability else "unknown"
