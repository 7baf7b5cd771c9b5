"""The command line: what it prints, how it exits, and that a mistake ends in one sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from explorer import network, zoo
from explorer.__main__ import main
from explorer.document import Network, chain
from explorer.recipe import Chosen, Recipe
from explorer.training.loop import threads
from explorer.training.records.export import FORMATS

SLOW = {"torch._dynamo", "sympy", "triton", "torchvision", "sklearn", "pandas", "pyarrow", "captum", "PIL", "streamlit",
        "plotly", "torch.utils.tensorboard"}  # 0.2 s or more each
QUICK = ["--network", "linear_regression", "--epochs", "1", "--set", "threads=1"]
KEYS = {"run", "steps", "train_loss", "train_accuracy", "val_accuracy", "test_loss", "test_accuracy", "examples_per_s",
        "device",
        "seconds"}


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    monkeypatch.chdir(tmp_path)


def saved(item: Network | Recipe, name: str = "file.json") -> str:
    item.save(name)
    return name


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one sentence on stderr that a mistake ends in, with exit code 2; before it, what was being done."""
    assert main(list(arguments)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    (sentence,) = [line for line in err.strip().splitlines() if not line.endswith(" …")]
    return sentence


def test_check_prints_every_nodes_shape_and_the_totals(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", saved(zoo.get("lenet"))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[:2]] == [["input", "input", "1×28×28", "0"],
                                                    ["conv1", "conv2d", "6×28×28", "156"]]
    assert len(lines) == 13 + 1
    assert lines[-1].split() == ["total", "61,706", "parameters,", "0.42", "M", "multiply-adds"]


def test_check_prints_what_is_inside_a_block_below_it_and_counts_it_once(capsys: pytest.CaptureFixture[str]) -> None:
    body = chain("body", ("input", "input", {}), ("linear1", "linear", {"out_features": 4}))
    net = chain("x", ("input", "input", {"shape": [4]}), ("b", "composite", {"definition": "body", "repeat": 2}),
                ("end", "linear", {"out_features": 1}), definitions={"body": body})
    assert main(["check", saved(net)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [(line[:24].rstrip(), line.split()[1], line.split()[-1]) for line in lines[:-1]] == [
        ("input", "input", "0"), ("b", "composite", "40"),
        ("  input", "input", "0"),
        ("  r0", "composite", "20"), ("    input", "input", "0"), ("    linear1", "linear", "20"),
        ("  r1", "composite", "20"), ("    input", "input", "0"), ("    linear1", "linear", "20"),
        ("end", "linear", "5")]
    assert lines[-1].split() == ["total", "45", "parameters,", "36", "multiply-adds"]


@pytest.mark.parametrize("name", zoo.names())
def test_check_prints_a_line_for_each_module_and_the_zoos_totals(
    name: str, capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", saved(zoo.get(name))]) == 0
    lines = capsys.readouterr().out.splitlines()
    with torch.device("meta"):  # weights without memory: their shapes are enough
        modules = dict(network.build(zoo.get(name)).named_modules())
    del modules[""]
    assert [line.split()[0] for line in lines[:-1]] == [address.rpartition(".")[2] for address in modules]
    assert [int(line.split()[-1].replace(",", "")) for line in lines[:-1]] == [
        sum(p.numel() for p in module.parameters()) for module in modules.values()]
    assert f" {zoo.costs(name).parameters:,} parameters" in lines[-1]


def test_check_shows_what_is_inside_a_block_at_fault(capsys: pytest.CaptureFixture[str]) -> None:
    body = chain("body", ("input", "input", {}), ("linear1", "linear", {}))
    net = chain("x", ("input", "input", {}), ("b", "composite", {"definition": "body"}), definitions={"body": body})
    assert main(["check", saved(net)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in lines[1:4]] == [
        ["b", "composite", "?"], ["input", "input", "1×28×28"], ["linear1", "linear", "?"]]
    assert lines[-1] == "problem: b.linear1: Linear needs a flat input but gets 1×28×28. (Insert Flatten)"


def test_check_names_the_problems_and_exits_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    net = chain("x", ("input", "input", {}), ("linear1", "linear", {}), ("relu1", "relu", {}))
    assert main(["check", saved(net)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[:3] == ["linear1", "linear", "?"]
    assert lines[-1] == "problem: linear1: Linear needs a flat input but gets 1×28×28. (Insert Flatten)"


def test_check_opens_a_recipe_as_the_network_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", saved(zoo.recipe("mlp"))]) == 0
    assert "203,530 parameters" in capsys.readouterr().out


def test_check_of_what_is_no_network_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert refusal(capsys, "check", "none.json") == "none.json cannot be read: No such file or directory."
    (tmp_path / "x.json").write_text("{nodes", encoding="utf-8")
    assert refusal(capsys, "check", "x.json").startswith("This is not JSON: line 1, column 2")
    (tmp_path / "x.json").write_text('{"format": "other"}', encoding="utf-8")
    assert refusal(capsys, "check", "x.json") == 'This is not a network: its "format" should be "layerscope/network".'


def test_train_ends_with_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", *QUICK, "--json"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(result) >= KEYS
    assert Path(result["run"]).is_dir()
    assert result["steps"] > 0
    assert result["seconds"] > 0
    assert result["test_loss"] < 100
    assert result["device"]


def test_train_in_words_and_from_a_file_of_a_network_or_a_recipe(capsys: pytest.CaptureFixture[str]) -> None:
    recipe = zoo.recipe("playground").with_(epochs=1, threads=1)
    assert main(["train", "--network", saved(recipe), "--seed", "3"]) == 0
    assert "test_accuracy: " in capsys.readouterr().out
    assert main(["train", "--network", saved(recipe.network), "--data", "xor", "--epochs", "1", "--set", "threads=1",
                 "--json"]) == 0
    assert 0 <= json.loads(capsys.readouterr().out.splitlines()[-1])["test_accuracy"] <= 1


@pytest.mark.parametrize(("arguments", "sentence"), [
    (["--network", "nosuch"], "There is no network called 'nosuch'."),
    (["--network", "lenet_rleu"], "There is no network called 'lenet_rleu'. Did you mean lenet_relu?"),
    (["--network", "lenet", "--data", "digit"], "There is no data set called 'digit'. Did you mean digits?"),
    ([*QUICK, "--set", "epoch=3"], "A recipe has no setting called epoch. Did you mean epochs?"),
    ([*QUICK, "--set", "optimizer.lrr=3"], "SGD has no setting called lrr. Did you mean lr?"),
    ([*QUICK, "--set", "optimizer.lr=fast"], "Learning rate must be a number, not 'fast'."),
    ([*QUICK, "--set", "optimizer.lr"], "--set wants NAME=VALUE, not optimizer.lr."),
    ([*QUICK, "--set", "data.nosuch=1"], "data: There is no setting called 'nosuch'."),
    ([*QUICK, "--set", "data.name=diabets"], "data: There is no data set called 'diabets'. Did you mean diabetes?"),
    (["--network", "mlp", "--epochs", "0"], "Epochs must be between 1 and 100,000, not 0."),
], ids=lambda value: value[-1] if isinstance(value, list) else "")
def test_a_mistake_ends_in_one_sentence(capsys: pytest.CaptureFixture[str], arguments: list[str],
                                        sentence: str) -> None:
    assert refusal(capsys, "train", *arguments).startswith(sentence)


def in_a_process(script: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a process that has imported nothing yet."""
    root = Path(network.__file__).resolve().parents[2]
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONPATH": str(root)})


def test_the_first_line_is_printed_before_anything_slow_is_imported() -> None:
    """The process stops at its first line, and prints what is there by then."""
    done = in_a_process("import sys\nfrom explorer import __main__ as command_line\n"
                        "def stop(sentence):\n    print(sentence)\n"
                        "    print({'torch', 'numpy', 'http.client', 'sqlite3'} & set(sys.modules))\n    sys.exit()\n"
                        "command_line._announce = stop\ncommand_line.main(['train', 'lenet'])")
    assert done.stdout.splitlines() == ["Checking LeNet …", "set()"]


def test_train_prints_what_it_is_doing_step_by_step(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", *QUICK, "--json"]) == 0
    out, err = capsys.readouterr()
    assert [line for line in err.splitlines() if line.endswith(" …")] == [
        "Checking Linear regression …", "Importing PyTorch …", "Loading Linear and training Linear regression …"]
    assert len(out.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["nosuch"], ["lenet", "--set", "epoch=3"], ["lenet", "--data", "digit"],
                                       ["lenet", "--set", "data.name=diabets"]])
def test_a_mistake_is_found_without_torch(arguments: list[str]) -> None:
    done = in_a_process(f"import sys\nfrom explorer.__main__ import main\nprint(main(['train', *{arguments}]))\n"
                        "print('torch' in sys.modules)")
    assert done.stdout.split() == ["2", "False"]


def test_a_run_imports_nothing_that_it_does_not_need() -> None:
    done = in_a_process(f"import sys\nfrom explorer.__main__ import main\nmain(['train', *{QUICK}])\n"
                        f"print(*sorted({SLOW} & set(sys.modules)), sep=', ')")
    assert done.stdout.splitlines()[-1] == ""


def test_a_network_that_cannot_be_built_is_not_trained(capsys: pytest.CaptureFixture[str]) -> None:
    net = chain("x", ("input", "input", {}), ("linear1", "linear", {}))
    assert refusal(capsys, "train", "--network",
                   saved(Recipe(net, data=Chosen("digits")))).startswith("linear1: Linear needs a flat")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Path:
    """The folder of a run that the command line trained."""
    assert main(["train", *QUICK, "--json"]) == 0
    return Path(json.loads(capsys.readouterr().out.splitlines()[-1])["run"])


@pytest.mark.parametrize(("kind", "files"), [
    ("csv", ["epochs.csv", "steps.csv"]), ("parquet", ["epochs.parquet", "steps.parquet"]),
    ("tensorboard", ["events.out.tfevents.layerscope"]),
])
def test_export_run_writes_a_folder_and_says_which(capsys: pytest.CaptureFixture[str], run: Path, kind: str,
                                                   files: list[str]) -> None:
    assert main(["export-run", run.name, "--to", kind]) == 0
    assert capsys.readouterr().out == f"run-{run.name[:8]}-{kind}\n"
    assert sorted(path.name for path in Path(f"run-{run.name[:8]}-{kind}").iterdir()) == files
    assert main(["export-run", str(run), "--to", kind, "--out", "new/place"]) == 0
    assert sorted(path.name for path in Path("new/place").iterdir()) == files


def test_export_run_writes_the_recipe_as_a_file_that_trains_again(run: Path) -> None:
    assert main(["export-run", str(run), "--to", "json", "--out", "recipe.json"]) == 0
    assert Recipe.load("recipe.json") == Recipe.load(run / "recipe.json")


def test_export_run_takes_what_an_interrupted_run_left(run: Path) -> None:
    status = json.loads((run / "status.json").read_text(encoding="utf-8"))
    (run / "status.json").write_text(json.dumps({**status, "state": "training", "pid": 2**22 + 1}), encoding="utf-8")
    assert main(["export-run", str(run), "--out", "a"]) == 0
    (run / "status.json").unlink()
    assert main(["export-run", str(run), "--out", "b"]) == 0
    assert Path("a/steps.csv").read_bytes() == Path("b/steps.csv").read_bytes()
    assert len(Path("a/steps.csv").read_text(encoding="utf-8").splitlines()) == 1 + 90


def test_every_format_of_an_export_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["export-run", "--help"])
    assert f"{{{','.join(FORMATS)}}}" in capsys.readouterr().out


def test_what_cannot_be_exported_ends_in_one_sentence(capsys: pytest.CaptureFixture[str], run: Path,
                                                      tmp_path: Path) -> None:
    def refused(*arguments: str) -> str:
        return refusal(capsys, "export-run", *arguments)

    assert refused("nosuch") == f"There is no run nosuch, neither in {tmp_path / 'runs'} nor as a folder."
    assert refused(str(tmp_path)).startswith(f"There is no run {tmp_path}")
    (tmp_path / "file").touch()
    assert refused(str(run), "--out", "file/in/it").startswith("file/in/it cannot be written: ".replace("/", os.sep))
    assert refused(str(run), "--out", "file") == ("file already exists. Choose another path, or pass --force to "
                                                  "replace it.")
    assert refused(str(run), "--out", "file", "--force").startswith("file cannot be written: ")
    (run / "metrics.db").write_bytes(b"no database" * 500)
    assert refused(str(run)) == "The run's metrics are damaged and cannot be read."
    (run / "metrics.db").unlink()
    assert refused(str(run)) == "Nothing has been recorded yet: the run has not made a step."
    (run / "recipe.json").write_text("{", encoding="utf-8")
    assert refused(str(run), "--to", "json").startswith("This is not JSON")


def test_an_export_is_replaced_with_force(run: Path) -> None:
    for more in ([], ["--force"]):
        assert main(["export-run", str(run), "--to", "json", "--out", "x.json", *more]) == 0
        assert main(["export-run", str(run), "--out", "x", *more]) == 0


def test_env_says_which_torch_and_which_device(capsys: pytest.CaptureFixture[str]) -> None:
    import torch

    assert main(["env"]) == 0
    assert torch.__version__.partition("+")[0] in capsys.readouterr().out


def test_env_prints_nothing_else() -> None:
    root = Path(network.__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-m", "explorer", "env"], cwd=root, capture_output=True, text=True,
                          check=True)
    assert done.stderr == ""


def test_env_explains_why_nothing_is_measured(capsys: pytest.CaptureFixture[str],
                                              monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "count_cores", lambda: 2)
    assert main(["env", "--measure"]) == 0
    assert capsys.readouterr().err.startswith("CPU threads are not measured, as the result could not be kept: ")


def test_costs_are_written_as_they_are_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = zoo.COSTS_FILE.read_text(encoding="utf-8")
    monkeypatch.setattr(zoo, "COSTS_FILE", tmp_path / "costs.json")
    assert main(["costs"]) == 0
    assert (tmp_path / "costs.json").read_text(encoding="utf-8") == stored


def test_it_runs_as_a_module_and_an_unknown_command_is_explained() -> None:
    root = Path(network.__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-m", "explorer", "nosuch"], cwd=root, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 2
    assert "invalid choice: 'nosuch'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def pets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of small images, in two classes."""
    import numpy as np
    from PIL import Image

    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "data"))
    rs = np.random.RandomState(0)
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for index in range(10):
            values = rs.randint(0, 256, (9, 9, 3)).astype(np.uint8)
            Image.fromarray(values).save(tmp_path / "pets" / name / f"{index}.png")
    return tmp_path / "pets"


def test_train_takes_a_folder_of_ones_own_images(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net = chain("Own", ("input", "input", {"shape": [1, 9, 9]}), ("flatten", "flatten", {}),
                ("linear1", "linear", {"out_features": 2}))
    assert main(["train", "--network", saved(net), "--data", "pets", "--epochs", "1", "--json"]) == 0
    out, err = capsys.readouterr()
    assert "16 training and 4 test samples in 2 classes." in err and "Resized to 9×9 in gray." in err
    recipe = Recipe.load(Path(json.loads(out)["run"]) / "recipe.json")
    assert recipe.data.name == "own"
    assert main(["train", "--network", str(Path(json.loads(out)["run"]) / "recipe.json")]) == 0  # found again by its id


def test_train_takes_ones_own_table_and_its_target(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("table.csv").write_text("goal,x\n" + "".join(f"{2 * i},{i}\n" for i in range(40)))
    net = saved(chain("Own", ("input", "input", {"shape": [1]}), ("linear1", "linear", {"out_features": 1})))
    assert main(["train", "--network", net, "--data", "table.csv", "--target", "goal", "--epochs", "1"]) == 0
    capsys.readouterr()
    assert "no column called price" in refusal(capsys, "train", "--network", net, "--data", "table.csv", "--target",
                                               "price")
    Path("broken.zip").write_bytes(b"MZ")
    assert "not a zip file" in refusal(capsys, "train", "--network", net, "--data", "broken.zip")


def test_folds_are_trained_one_after_the_other_and_end_in_mean_and_spread(capsys: pytest.CaptureFixture[str]) -> None:
    quick = ["linear_regression", "--epochs", "1", "--set", "threads=1", "--folds", "3"]
    assert main(["train", *quick]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [*(f"fold {i} of 3" for i in (1, 2, 3)), "val_loss"]
    assert "±" in lines[-1] and lines[-1].endswith("(mean ± standard deviation of 3 folds, ddof=1)")
    assert main(["train", *quick, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["states"] == ["finished"] * 3
    assert told["val_loss"]["count"] == 3
    assert f"{told['val_loss']['mean']:.4f} ± {told['val_loss']['deviation']:.4f}" in lines[-1]
    folds = [Recipe.load(Path(folder) / "recipe.json").fold for folder in told["runs"]]
    assert folds == [1, 2, 3]


def test_a_number_of_folds_that_cannot_be_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert "between 2 and 100" in refusal(capsys, "train", "linear_regression", "--folds", "1")


def test_a_stopped_fold_ends_the_row_and_leaves_no_untrained_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.training import RunStore
    from explorer.training.runs.status import STOPPED, Status
    from explorer.training.work import session

    def stopped(run, watch):
        run.write_status(Status(STOPPED))
        return run.status()

    monkeypatch.setattr(session, "train_here", stopped)
    assert main(["train", *QUICK, "--folds", "4"]) == 1
    assert [run.status().state for run in RunStore().list()] == [STOPPED]
