"""What all tests share, and how they are spread over the processes of `start.py test`."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from functools import cache

import pytest

BROWSER_TESTS = "tests/e2e/"

os.environ["EXPLORER_CACHE"] = os.devnull  # no folder: nothing is measured, so that every machine has the same curves

if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # one process a core: more threads would only wait for each other


@pytest.fixture(scope="session", autouse=True)
def packages_scanned_once() -> Iterator[None]:
    """AppTest looks through all installed packages for components at every app it opens; here once for all of them."""
    if importlib.util.find_spec("streamlit") is None:  # the core is tested without it
        yield
        return
    from streamlit.components.v2 import manifest_scanner

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what needs a GPU where there is none, and begin with the browser's tests where several processes share the
    work: they are the longest piece of it.
    """
    _skip_without_cuda(items)
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not item.nodeid.startswith(BROWSER_TESTS))


def _skip_without_cuda(items: list[pytest.Item]) -> None:
    """Skip the tests marked `cuda` where PyTorch sees no NVIDIA card; it is imported only if there are such tests."""
    marked = [item for item in items if item.get_closest_marker("cuda")]
    if not marked:
        return
    import torch

    if torch.version.cuda is None or not torch.cuda.is_available():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="there is no GPU that CUDA can use"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """A file's tests go to one process, and all that need a browser to one: they share it and its servers."""
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return BROWSER_TESTS if nodeid.startswith(BROWSER_TESTS) else super()._split_scope(nodeid)

    return ByFile(config, log) if config.option.dist == "loadfile" else None
