"""Can this recipe be trained? Faults of the network, and of how it fits its data."""

from __future__ import annotations

from explorer import data, network
from explorer.data import Dataset
from explorer.document import Fix, InsertAfter, Network, Problem, SetParam
from explorer.formatting import format_shape
from explorer.network import Analysis
from explorer.network.tokens import readers_of_tokens
from explorer.recipe import TASKS, Recipe
from explorer.spec import BadValue, UnknownName, parse_params
from explorer.text import text


def problems(recipe: Recipe) -> list[Problem]:
    """What keeps a recipe from being trained; addresses are node addresses, or `data`, `task`, `network`."""
    analysis = network.analyze(recipe.network)
    found = list(analysis.problems)
    try:
        dataset = data.get(recipe.data.name, recipe.data.params)
        parse_params(dataset.params, recipe.data.params)
    except (UnknownName, BadValue, data.DataMissing) as error:
        return [*found, Problem(error.sentence, address="data")]
    if recipe.task not in (fitting := tasks_for(dataset)):
        found.append(Problem(text(
            "{data} asks for {wanted}, but the task is set to {task}.", data=dataset.title,
            wanted=TASKS.get(fitting[0]).title, task=TASKS.get(recipe.task).title), address="task"))
    found += _check_settings(recipe, dataset)
    if analysis.problems:
        return found
    return found + _check_input(recipe, analysis, dataset) + _check_output(recipe, analysis, dataset)


def tasks_for(dataset: Dataset) -> list[str]:
    """The tasks that a data set can be used for; the first is the usual one."""
    return [dataset.task, *(["binary"] if dataset.classes == 2 else [])]


def _check_settings(recipe: Recipe, dataset: Dataset) -> list[Problem]:
    """Settings that do not go together, or not with the data."""
    found = []
    if recipe.augmentation and len(dataset.shape) != 3:
        found.append(Problem(text("{data} are no images, so they cannot be augmented. Take the "
                                  "augmentation out.", data=dataset.title), address="augmentation"))
    if dataset.is_text and (recipe.label_noise or recipe.balanced):
        found.append(Problem(text("A text has no labels to make wrong or to balance. Set label noise to 0 and "
                                  "switch balanced batches off."), address="data"))
    if recipe.folds is not None and recipe.fold > recipe.folds:
        found.append(Problem(text("There are {folds} folds, so fold {fold} cannot be held out.",
                                  folds=recipe.folds, fold=recipe.fold), address="fold"))
    params = recipe.optimizer.params
    if params.get("nesterov") and not (params["momentum"] > 0 and params["dampening"] == 0):
        found.append(Problem(text("Nesterov needs a momentum above 0 and no dampening."), address="optimizer"))
    addresses = network.shapes(recipe.network) if recipe.lr_factors else {}
    if missing := [address for address in recipe.lr_factors if address not in addresses]:
        found.append(Problem(text("There is no node {address} whose learning rate could be changed.",
                                  address=missing[0][:80]), address="lr_factors"))
    return found


def _check_input(recipe: Recipe, analysis: Analysis, dataset: Dataset) -> list[Problem]:
    inputs = [node.id for node in recipe.network.nodes if node.block == "input"]
    if len(inputs) != 1 or len(recipe.network.outputs) != 1:
        return [Problem(text(
            "Training needs one input and one output; this network has {inputs} and {outputs}.",
            inputs=len(inputs), outputs=len(recipe.network.outputs)), address="network")]
    signal = analysis.signals[inputs[0]]
    if dataset.is_text != (signal.dtype == "int64"):
        return [_wrong_dtype(recipe, inputs[0], dataset)]
    if dataset.is_text and (faults := _check_tokens(recipe, analysis, dataset, inputs[0])):
        return faults
    if misfit := data.can_fit(dataset, signal.shape):
        fix = Fix(text("Set the input to {shape}", shape=format_shape(dataset.shape)),
                  (SetParam(inputs[0], "shape", list(dataset.shape)),))
        return [Problem(misfit, fix if _helps(recipe, fix) else None, inputs[0])]
    return []


def _wrong_dtype(recipe: Recipe, address: str, dataset: Dataset) -> Problem:
    """Tokens where the network takes numbers, or the other way round."""
    if not dataset.is_text:
        return Problem(text("This network reads tokens (indices of characters), and {data} has none. Choose a "
                            "text at Data.", data=dataset.title), address=address)
    fix = Fix(text("Read characters, each as {count} numbers", count=dataset.classes),
              (SetParam(address, "dtype", "int64"), SetParam(address, "shape", list(dataset.shape)),
               InsertAfter(address, "one_hot", {"classes": dataset.classes})))
    return Problem(text("{data} is a text, and this network reads numbers.", data=dataset.title),
                   fix if _helps(recipe, fix) else None, address)


def _check_tokens(recipe: Recipe, analysis: Analysis, dataset: Dataset, address: str) -> list[Problem]:
    """What reads the tokens must know as many as there are characters."""
    found = []
    for node, (setting, known) in readers_of_tokens(recipe.network, analysis, address).items():
        if known < dataset.classes:
            fix = Fix(text("Set it to {count}", count=dataset.classes), (SetParam(node, setting, dataset.classes),))
            found.append(Problem(text("{data} has {count} different characters, but this node knows {known}.",
                                 data=dataset.title, count=dataset.classes, known=known), fix, node))
    return found


def _helps(recipe: Recipe, fix: Fix) -> bool:
    """Whether the network is sound after a fix, or each problem it then has comes with a fix."""
    return all(problem.fix for problem in network.problems(network.apply(recipe.network, fix)))


def _end_in(net: Network, output: str, count: int, is_flat: bool) -> Fix:
    """Make the network end in so many numbers: by its last Linear, else by one more."""
    if net.node(output).block == "linear" and is_flat:
        return Fix(text("Set output features to {count}", count=count), (SetParam(output, "out_features", count),))
    end = InsertAfter(output, "linear", {"out_features": count})
    if is_flat:
        return Fix(text("Add a Linear with {count} outputs", count=count), (end,))
    return Fix(text("Add Flatten and a Linear with {count} outputs", count=count),
               (end, InsertAfter(output, "flatten")))


def _check_output(recipe: Recipe, analysis: Analysis, dataset: Dataset) -> list[Problem]:
    if analysis.total_parameters == 0:
        return [Problem(text(
            "This network has no weights, so there is nothing to train. Add a Linear or Conv2d."), address="network")]
    if len(recipe.network.outputs) != 1:
        return []
    output = recipe.network.outputs[0]
    found = analysis.signals[output].shape
    if recipe.task == "next_token":
        return _check_token_output(recipe, analysis, dataset, output)
    wanted = (dataset.classes,) if recipe.task == "classification" else (1,)
    if found == wanted:
        return []
    fix = _end_in(recipe.network, output, wanted[0], is_flat=len(found) == 1)
    if recipe.task == "classification":
        sentence = text("{data} has {classes} classes, so the network must end in {classes} numbers; "
                        "it ends in {found}.", data=dataset.title, classes=dataset.classes, found=format_shape(found))
    else:
        sentence = text("{task} needs one number at the end; the network ends in {found}.",
                        task=TASKS.get(recipe.task).title, found=format_shape(found))
    return [Problem(sentence, fix, output)]


def _check_token_output(recipe: Recipe, analysis: Analysis, dataset: Dataset, output: str) -> list[Problem]:
    """One logit a character, at each character that is read."""
    length = analysis.signals[recipe.network.inputs[0]].shape[0]
    wanted, found = (length, dataset.classes), analysis.signals[output].shape
    if found == wanted:
        return []
    fix = _end_in(recipe.network, output, dataset.classes, is_flat=True) if found[:-1] == (length,) else None
    return [Problem(text("At each of {length} characters the network must say which comes next, so it must end "
                         "in {wanted}; it ends in {found}.", length=length, wanted=format_shape(wanted),
                         found=format_shape(found)), fix, output)]
