"""The table of steps in docs/benchmarks.md keeps what it is not given."""

from __future__ import annotations

from explorer import zoo
from explorer.bench.command import as_object
from explorer.bench.devices import title_of
from explorer.bench.measurement import Row
from tests.benchmarks.step_table import BEGIN, DOCUMENT, END, fill, read

MLP, LENET = title_of("mlp"), title_of("lenet")


def step_row(name: str, **figures: float) -> Row:
    return Row(f"step_{name}", title_of(name), figures["step_ms"], "ms", figures={"batch": 32, **figures})


ON_A_CPU = as_object([Row("step", "together", 2.25, "ms"), step_row("mlp", step_ms=0.25),
                      step_row("lenet", step_ms=2.0)], {})
ON_A_GPU = as_object([step_row("mlp", step_ms=0.16, ordinary_ms=2.5, busy_ms=0.05, replay_ms=0.125),
                      Row("step_mlp_ratio", f"{MLP} : the bare graph", 1.28, at_most=1.2)], {})
NOT_RUN = ("not run", "", "", "", "", "")


def test_each_device_fills_its_columns_and_leaves_the_others():
    empty = f"before\n{BEGIN}{END}after\n"
    filled = fill(fill(empty, {"cpu": ON_A_CPU}), {"cuda": ON_A_GPU})
    assert filled.startswith("before\n") and filled.endswith("after\n")
    found = read(filled)
    assert list(found) == [title_of(name) for name in zoo.trainable()]
    assert found[MLP] == {"cpu": ("0.25", "128,000"),
                          "cuda": ("0.16", "200,000", "2.5", "0.05", "0.125", "1.28× of ≤ 1.2: missed")}
    assert found[LENET] == {"cpu": ("2", "16,000"), "cuda": NOT_RUN}
    assert found[title_of("vgg11")] == {"cpu": ("not run", ""), "cuda": NOT_RUN}
    assert fill(filled, {"cuda": ON_A_GPU}) == filled


def test_the_document_has_the_table():
    document = DOCUMENT.read_text(encoding="utf-8")
    assert document.count(BEGIN) == document.count(END) == 1
    assert fill(document, {}) == document
