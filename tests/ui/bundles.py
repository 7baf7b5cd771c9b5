"""The bundled browser components: a hash of their sources, as build.mjs writes it into the committed file."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

from explorer.ui.widgets.components.mount import COMPONENTS


def hash_sources(folder: Path) -> str:
    """Hash what a component was made of, as explorer/ui/widgets/components/bundle.mjs does."""
    inside = [file.relative_to(folder).as_posix() for file in (folder / "src").rglob("*") if file.is_file()]
    names = sorted(["build.mjs", "package-lock.json", "package.json", "tsconfig.json", *inside])
    digest = hashlib.sha256()
    shared = sorted(["bundle.mjs", *(f"common/{file.name}" for file in (COMPONENTS / "common").iterdir())])
    for name, file in [*((name, folder / name) for name in names), *((name, COMPONENTS / name) for name in shared)]:
        digest.update(f"{name}\0".encode() + file.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()


def first_line(built: Path) -> str:
    with built.open(encoding="utf-8") as file:
        return file.readline().strip()


def long_modules(folder: Path, most: int = 300) -> dict[str, int]:
    """Count the lines of the sources that have more than `most`."""
    lines = {file.name: len(file.read_text(encoding="utf-8").splitlines()) for file in (folder / "src").rglob("*")
             if file.is_file()}
    return {name: count for name, count in lines.items() if count > most}


def built_files(folder: Path) -> dict[str, bytes]:
    """Read what a component's build makes, by file name."""
    return {file.name: file.read_bytes() for file in (*folder.glob("*.js"), *folder.glob("*.LEGAL.txt"))}


def built_again(folder: Path, place: Path) -> dict[str, bytes]:
    """Build a component once more, from its sources alone, in an empty place beside the script that builds share."""
    parts = folder.relative_to(COMPONENTS.parents[1])
    ignored = shutil.ignore_patterns("node_modules", "*.js", "*.LEGAL.txt")
    copy = shutil.copytree(folder, place / parts, ignore=ignored)
    shared = place / COMPONENTS.relative_to(COMPONENTS.parents[1])
    shared.mkdir(parents=True, exist_ok=True)
    shutil.copy(COMPONENTS / "bundle.mjs", shared)
    shutil.copytree(COMPONENTS / "common", shared / "common", dirs_exist_ok=True)
    subprocess.run("npm ci && npm run check && npm run build", shell=True, cwd=copy, check=True, capture_output=True)
    return built_files(copy)
