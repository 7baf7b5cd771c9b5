"""The command line: `python -m explorer train|check|export-run|bench|env|costs`.

Whatever is slow to import, torch and NumPy first of all, is imported by the command that needs it, after it has printed
what it does: the first line appears within 0.2 s.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from explorer import recipe as recipes
from explorer import zoo
from explorer.document import Network, parse_json, read_file
from explorer.formatting import format_count, format_shape
from explorer.recipe import Chosen, Recipe
from explorer.spec import BadValue
from explorer.text import Text, text

if TYPE_CHECKING:
    from explorer.network import Analysis
    from explorer.training import Run, Status


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code. A mistake of the user's ends in one sentence on stderr."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except Exception as error:
        if not hasattr(error, "sentence"):  # which the errors that are made for people have
            raise
        print(error, file=sys.stderr)
        return 2


def _announce(sentence: Text) -> None:
    """Print what happens next, before anything slow is imported for it."""
    print(sentence, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m explorer", description="Layerscope on the command line.")
    commands = parser.add_subparsers(required=True)

    train = commands.add_parser("train", help="train a network without the app")
    named = train.add_mutually_exclusive_group(required=True)
    named.add_argument("network", nargs="?", default=argparse.SUPPRESS,
                       help=f"a file, or one of: {', '.join(zoo.names())}")
    named.add_argument("--network", dest="network", help="the same")
    train.add_argument("--data", help="a data set's name, or data of your own: a zip or folder of images, one "
                       "folder for every class, or a CSV file (default: the recipe's)")
    train.add_argument("--target", metavar="COLUMN", help="the column of a CSV file to be learned (default: the last)")
    train.add_argument("--epochs", type=int)
    train.add_argument("--seed", type=int)
    train.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", dest="settings",
                       help="any setting of the recipe, e.g. optimizer.lr=0.1 or batch_size=256")
    train.add_argument("--folds", type=int, metavar="K", help="cross-validate: one run for each of K folds held out, "
                       "then mean and standard deviation")
    train.add_argument("--json", action="store_true", help="end with one line of JSON")
    train.set_defaults(command=_train)

    check = commands.add_parser("check", help="print a network's shapes, parameters and problems")
    check.add_argument("file", help="a network or recipe file")
    check.set_defaults(command=_check)

    export = commands.add_parser("export-run", help="write a run's numbers, or its recipe, for other programs")
    export.add_argument("run", metavar="RUN", help="a run's id, or its folder")
    export.add_argument("--to", choices=("csv", "parquet", "tensorboard", "json"), default="csv",
                        help="json is the recipe (default: csv)")
    export.add_argument("--out", type=Path, metavar="PATH",
                        help="a new or empty folder, or for json a new file (default: run-ID-FORMAT, here)")
    export.add_argument("--force", action="store_true", help="replace existing files")
    export.set_defaults(command=_export_run)

    bench = commands.add_parser("bench", help="measure what docs/benchmarks.md reports")
    bench.add_argument("--only", metavar="NAME", help="one measurement")
    bench.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto",
                       help="measure on this device (default: the best here)")
    bench.add_argument("--json", action="store_true", help="end with one line of JSON")
    bench.set_defaults(command=_bench)

    env = commands.add_parser("env", help="which torch, which device, and why")
    env.add_argument("--measure", action="store_true", help="first measure how many CPU threads are fastest, once a "
                     "machine; the app does it while nothing else runs")
    env.set_defaults(command=_env)

    costs = commands.add_parser("costs", help="update the zoo's stored costs after its networks changed")
    costs.set_defaults(command=_costs)
    return parser


def _train(options: argparse.Namespace) -> int:
    recipe = _recipe(options)
    _announce(text("Checking {network} …", network=_title(recipe)))
    from explorer.training import RunStore, problems

    if found := problems(recipe):
        print("\n".join(str(problem) for problem in found), file=sys.stderr)
        return 2
    _announce(text("Importing PyTorch …"))
    from explorer.training.work.imports import many_imports

    with many_imports():
        from explorer.training.loop.torch_settings import keep_freed_memory

    keep_freed_memory()
    if options.folds is not None:
        return _cross_validate(recipe, options.folds, options.json)
    run = RunStore().create(recipe)
    status = _train_run(run)
    if options.json:
        print(json.dumps({"run": str(run.folder), "state": status.state, **status.summary}))
    elif status.summary:
        print("\n".join(f"{name}: {value}" for name, value in status.summary.items()))
    return 0 if status.state == "finished" else 1


def _train_run(run: Run) -> Status:
    """Train a run here, with a progress bar on stderr, and print there why it ended early."""
    from tqdm import tqdm

    from explorer import data
    from explorer.training.work.session import Progress, train_here

    _announce(text("Loading {data} and training {network} …", network=_title(run.recipe),
                   data=data.get(run.recipe.data.name, run.recipe.data.params).title))
    with tqdm(total=None, unit="step", file=sys.stderr) as bar:
        def watch(progress: Progress) -> None:
            bar.update(progress.step - bar.n)
            bar.set_postfix_str(f"epoch {progress.epoch}/{run.recipe.epochs}, loss {progress.loss:.4f}")

        status = train_here(run, watch)
    if status.reason:
        print(f"{status.state}: {status.reason}", file=sys.stderr)
    return status


def _cross_validate(recipe: Recipe, folds: int, as_json: bool) -> int:
    """Train every fold, one after the other; somebody's Ctrl-C ends the row."""
    from explorer.training import RunStore
    from explorer.training.runs.status import INTERRUPTED, STOPPED
    from explorer.training.work.folds import create_folds, spreads

    runs, ended = create_folds(RunStore(), recipe, folds), []
    for run in runs:
        if ended and ended[-1].state in (STOPPED, INTERRUPTED):
            run.delete()
            continue
        ended.append(_train_run(run))
        if not as_json:
            reached = ", ".join(f"{name} {ended[-1].summary[name]:.4f}" for name in ("val_accuracy", "val_loss")
                                if ended[-1].summary.get(name) is not None)
            print(f"fold {len(ended)} of {folds}: {ended[-1].state}{reached and ', '}{reached}")
    found = spreads(ended)
    if as_json:
        print(json.dumps({"runs": [str(run.folder) for run in runs[:len(ended)]], "states": [s.state for s in ended],
                          **{name: asdict(spread) for name, spread in found.items()}}))
    for name, spread in found.items() if not as_json else ():
        deviation = "" if spread.deviation is None else f" ± {spread.deviation:.4f}"
        print(f"{name}: {spread.mean:.4f}{deviation} (mean ± standard deviation of {spread.count} folds, ddof=1)")
    return 0 if all(status.state == "finished" for status in ended) else 1


def _recipe(options: argparse.Namespace) -> Recipe:
    """Build the recipe that the options describe: the zoo's own, or the default one for a file, with what was set."""
    recipe = opened = _named_or_filed(options.network)
    if options.data:
        recipe = _with_data(recipe, options.data, options.target)
    for name in ("epochs", "seed"):
        if getattr(options, name) is not None:
            recipe = recipe.with_(**{name: getattr(options, name)})
    for setting in options.settings:
        path, equals, typed = setting.partition("=")
        if not equals:
            raise BadValue(text("--set wants NAME=VALUE, not {given}.", given=setting))
        recipe = recipe.with_typed(path, typed)
    if recipe.loss != opened.loss:
        from explorer import tasks

        if sentence := tasks.loss_change(opened, recipe):
            print(sentence, file=sys.stderr)
    return recipe


def _with_data(recipe: Recipe, name: str, target: str | None) -> Recipe:
    """Choose a data set of this name, or with the person's own from a file or folder of this name."""
    from explorer import data, tasks
    from explorer.data import own

    if name in data.names() or not Path(name).exists() or not recipe.network.inputs:
        return tasks.with_data(recipe, Chosen(name), data.get(name))
    from explorer.data.own.local import read_local
    from explorer.training.loop.parts import input_shape

    prepared = read_local(Path(name), target, *own.wanted_by(input_shape(recipe.network)))
    for sentence in (prepared.record.summary, *prepared.record.done):
        print(sentence, file=sys.stderr)
    chosen = Chosen(own.NAME, {"id": own.keep(prepared)})
    return tasks.with_data(recipe, chosen, data.get(chosen.name, chosen.params))


def _named_or_filed(name: str) -> Recipe:
    if name in zoo.names():
        return zoo.recipe(name)
    if not Path(name).exists():
        zoo.get(name)  # says, with a suggestion, that there is none
    return _filed(name)


def _title(recipe: Recipe) -> str:
    return recipe.network.name or "the network"


def _filed(path: str) -> Recipe:
    """Open the recipe in a file, or the default recipe of the network in it. Raises DocumentError."""
    document = parse_json(read_file(path))
    if isinstance(document, dict) and document.get("format") == recipes.FORMAT:
        return Recipe.from_dict(document)
    return Recipe(Network.from_dict(document))


def _check(options: argparse.Namespace) -> int:
    from explorer import network

    net = _filed(options.file).network
    analysis = network.analyze(net)
    _print_nodes(net, analysis, "")
    print(f"{'total':24} {'':20} {'':16} {analysis.total_parameters:>14,} parameters, "
          f"{format_count(analysis.total_multiply_adds)} multiply-adds")
    for problem in analysis.problems:
        print(f"problem: {problem}")
    return 1 if analysis.problems else 0


def _print_nodes(net: Network, analysis: Analysis, indent: str) -> None:
    """Print a line per node; what is inside a composite node comes below it, indented, and is part of its numbers."""
    for node_id in analysis.order:
        signal = analysis.signals.get(node_id)
        print(f"{indent + node_id:24} {net.node(node_id).block:20} {format_shape(signal.shape) if signal else '?':16} "
              f"{analysis.parameters.get(node_id, 0):>14,}")
        if opened := analysis.inside.get(node_id):
            _print_nodes(opened.net, opened.analysis, indent + "  ")


def _export_run(options: argparse.Namespace) -> int:
    from explorer.training.records.export import export_run, find_run, usual_name

    run = find_run(options.run)
    print(export_run(run, options.to, options.out or Path(usual_name(run, options.to)), options.force))
    return 0


def _bench(options: argparse.Namespace) -> int:
    from explorer import bench

    return bench.main(options.only, options.json, options.device)


def _env(options: argparse.Namespace) -> int:
    from explorer import environment
    from explorer.training.loop.threads import describe_threads

    if options.measure:
        from explorer.training.loop.thread_timing import measure_now

        if problem := measure_now():
            print(problem, file=sys.stderr)
    print(environment.report((text("CPU threads"), describe_threads())))
    return 0


def _costs(options: argparse.Namespace) -> int:
    from explorer.bench.stored_costs import write_costs

    write_costs()
    return 0


if __name__ == "__main__":
    exit_code = main()
    if "triton" not in sys.modules:  # which lists, as leaked, what is not collected
        gc.freeze()  # Python would look for garbage in all of torch before it ends: 0.4 s
    sys.exit(exit_code)
