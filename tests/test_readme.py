"""The examples of the README are true."""

from __future__ import annotations

import re
from pathlib import Path

import torch
from torch import nn

README = Path(__file__).resolve().parents[1] / "README.md"


def examples() -> list[str]:
    return re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def test_the_library_does_what_the_readme_shows(tmp_path, monkeypatch, capsys):
    example, _record = examples()
    assert "figures.draw(charts.loss(run)).show()" in example
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(example.replace(".show()", ".to_json()"), names)  # a browser would open
    assert capsys.readouterr().out.startswith("(6, 28, 28)\n[]\nfinished 0.")
    assert names["run"].folder.is_dir()


def test_a_loop_of_ones_own_is_recorded_as_the_readme_shows(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path))
    model = nn.Linear(4, 2)
    names = {"model": model, "loader": [(torch.randn(8, 4), torch.randint(2, (8,))) for _ in range(5)],
             "optimizer": torch.optim.SGD(model.parameters(), lr=0.1), "criterion": nn.CrossEntropyLoss()}
    exec(examples()[1], names)
    run = names["run"]
    assert (run.step, run.epoch, run.status().state) == (15, 3, "finished")
    assert f"/train?run={run.id}" in capsys.readouterr().err
