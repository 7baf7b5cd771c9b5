"""The bundled browser components: a hash of their sources, as build.mjs writes it into the committed file."""

from __future__ import annotations

import hashlib
from pathlib import Path

from explorer.ui.widgets.components.mount import COMPONENTS


def hash_sources(folder: Path) -> str:
    """Hash what a component was made of, as explorer/ui/widgets/components/bundle.mjs does."""
    inside = [file.relative_to(folder).as_posix() for file in (folder / "src").rglob("*") if file.is_file()]
    names = sorted(["build.mjs", "package-lock.json", "package.json", "tsconfig.json", *inside])
    digest = hashlib.sha256()
    for name, file in [*((name, folder / name) for name in names), ("bundle.mjs", COMPONENTS / "bundle.mjs")]:
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
