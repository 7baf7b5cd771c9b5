"""The table of steps in docs/benchmarks.md keeps what it is not given."""

from __future__ import annotations

from tests.benchmarks.step_table import BEGIN, DOCUMENT, END, fill, read

ON_A_CPU = {"rows": {"step": {"title": "together"},
                     "step_mlp": {"title": "MLP, batch 32", "batch": 32, "step_ms": 0.25},
                     "step_lenet": {"title": "LeNet, batch 32", "batch": 32, "step_ms": 2.0}}}
ON_A_GPU = {"rows": {"step_mlp": {"title": "MLP, batch 32", "batch": 32, "step_ms": 0.16, "ordinary_ms": 2.5,
                                  "busy_ms": 0.05, "replay_ms": 0.125},
                     "step_mlp_ratio": {"title": "", "value": 1.28, "at_most": 1.2, "verdict": "missed"}}}


def test_each_device_fills_its_columns_and_leaves_the_others():
    empty = f"before\n{BEGIN}{END}after\n"
    filled = fill(fill(empty, {"cpu": ON_A_CPU}), {"cuda": ON_A_GPU})
    assert filled.startswith("before\n") and filled.endswith("after\n")
    assert read(filled) == {
        "MLP, batch 32": {"cpu": ("0.25", "128,000"),
                          "cuda": ("0.16", "200,000", "2.5", "0.05", "0.125", "1.28× of ≤ 1.2: missed")},
        "LeNet, batch 32": {"cpu": ("2", "16,000"), "cuda": ("not run", "", "", "", "", "")}}
    assert fill(filled, {"cuda": ON_A_GPU}) == filled


def test_the_document_has_the_table():
    document = DOCUMENT.read_text(encoding="utf-8")
    assert document.count(BEGIN) == document.count(END) == 1
    assert fill(document, {}) == document
