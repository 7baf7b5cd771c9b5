"""The bundle of Inspect's parts is that of its sources."""

from __future__ import annotations

import shutil

import pytest

from explorer.ui.widgets.components import inspector
from tests.ui.bundles import built_again, built_files, first_line, hash_sources, long_modules

FOLDER = inspector.BUILT.parent


def test_the_built_inspector_is_that_of_its_sources():
    line = first_line(inspector.BUILT)
    assert line == f"// sources {hash_sources(FOLDER)}", "out of date: run `npm ci && npm run build`"


def test_no_module_of_the_inspector_is_too_long():
    assert long_modules(FOLDER) == {}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_a_fresh_build_of_the_inspector_is_the_same_to_the_byte(tmp_path):
    assert built_again(FOLDER, tmp_path) == built_files(FOLDER)
