"""The examples of the README are true."""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"


def test_the_library_does_what_the_readme_shows(tmp_path, monkeypatch, capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert "figures.draw(charts.loss(run)).show()" in example
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(example.replace(".show()", ".to_json()"), names)  # a browser would open
    assert capsys.readouterr().out.startswith("(6, 28, 28)\n[]\nfinished 0.")
    assert names["run"].folder.is_dir()
