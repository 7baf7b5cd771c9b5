"""The check of a recipe before it is trained: problems of its network, and of how that fits task and data."""

from __future__ import annotations

from explorer import data, network, tasks
from explorer.data import TEXT, Dataset
from explorer.document import Fix, InsertAfter, Problem, SetParam
from explorer.formatting import format_shape
from explorer.network import Analysis
from explorer.network.known import NotKnown, known_only
from explorer.network.tokens import readers_of_tokens
from explorer.recipe import Recipe, loss_problem
from explorer.spec import BadValue, UnknownName, parse_params
from explorer.text import text


def problems(recipe: Recipe) -> list[Problem]:
    """List what keeps a recipe from being trained.

    Addresses are those of nodes, or `data`, `task`, `loss`, `network` and names of settings.

    >>> from explorer import zoo
    >>> [problem.address for problem in problems(zoo.recipe("lenet").with_(task="regression"))]
    ['task']
    """
    analysis = network.analyze(recipe.network)
    found = list(analysis.problems)
    try:
        dataset = data.get(recipe.data.name, recipe.data.params)
        parse_params(dataset.params, recipe.data.params)
    except (UnknownName, BadValue, data.DataMissing) as error:
        return [*found, Problem(error.sentence, address="data")]
    found += _check_task(recipe, dataset) + _check_settings(recipe, dataset)
    if analysis.problems:
        return found
    found += _check_input(recipe, analysis, dataset)
    return found + (_check_output(recipe, analysis, dataset) if tasks.of(recipe) in tasks.fitting(dataset) else [])


def known_problems(recipe: Recipe) -> list[Problem] | None:
    """List them without torch; None where a shape has to be measured first, of the network or of one that is fixed.

    >>> from explorer import zoo
    >>> known_problems(zoo.recipe("lenet"))
    []
    """
    try:
        with known_only():
            return problems(recipe)
    except NotKnown:
        return None


def _check_task(recipe: Recipe, dataset: Dataset) -> list[Problem]:
    """Check that task, loss and networks go together, and with the data."""
    task, found = tasks.of(recipe), []
    if task not in (fitting := tasks.fitting(dataset)):
        found.append(Problem(text("{data} asks for {wanted}, but the task is set to {task}.", data=dataset.title,
                                  wanted=fitting[0].title, task=task.title), address="task"))
    if sentence := loss_problem(recipe.loss.name, recipe.task):
        found.append(Problem(sentence, address="loss"))
    if tuple(recipe.networks) != task.roles or task.roles[0] in recipe.further_networks:
        given = ", ".join((task.roles[0], *recipe.further_networks))[:120]
        found.append(Problem(text("{task} trains these networks: {wanted}. The recipe has {given}.", task=task.title,
                                  wanted=", ".join(task.roles), given=given), address="network"))
    return found


def _check_settings(recipe: Recipe, dataset: Dataset) -> list[Problem]:
    """Check that settings go together, and with the data."""
    found = []
    if recipe.augmentation and len(dataset.shape) != 3:
        found.append(Problem(text("{data} are not images, so they cannot be augmented. Remove the "
                                  "augmentation.", data=dataset.title), address="augmentation"))
    if dataset.kind is TEXT and (recipe.label_noise or recipe.balanced):
        found.append(Problem(text("A text has no labels to replace or to balance. Set label noise to 0 and "
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
    if signal.dtype != dataset.kind.input_dtype:
        return [_wrong_dtype(recipe, inputs[0], dataset)]
    if dataset.kind is TEXT and (found := _check_tokens(recipe, analysis, dataset, inputs[0])):
        return found
    if misfit := data.can_fit(dataset, signal.shape):
        fix = Fix(text("Set the input to {shape}", shape=format_shape(dataset.shape)),
                  (SetParam(inputs[0], "shape", list(dataset.shape)),))
        return [Problem(misfit, fix if _helps(recipe, fix) else None, inputs[0])]
    return []


def _wrong_dtype(recipe: Recipe, address: str, dataset: Dataset) -> Problem:
    """Describe tokens where the network takes numbers, or the other way round."""
    if dataset.kind is not TEXT:
        return Problem(text("This network reads tokens (indices of characters), and {data} has none. Choose a "
                            "text at Data.", data=dataset.title), address=address)
    fix = Fix(text("Read characters, each as {count} numbers", count=dataset.classes),
              (SetParam(address, "dtype", "int64"), SetParam(address, "shape", list(dataset.shape)),
               InsertAfter(address, "one_hot", {"classes": dataset.classes})))
    return Problem(text("{data} is a text, and this network reads numbers.", data=dataset.title),
                   fix if _helps(recipe, fix) else None, address)


def _check_tokens(recipe: Recipe, analysis: Analysis, dataset: Dataset, address: str) -> list[Problem]:
    """Check that what reads the tokens knows as many as there are characters."""
    found = []
    for node, (setting, known) in readers_of_tokens(recipe.network, analysis, address).items():
        if known < dataset.classes:
            fix = Fix(text("Set it to {count}", count=dataset.classes), (SetParam(node, setting, dataset.classes),))
            found.append(Problem(text("{data} has {count} different characters, but this node knows {known}.",
                                 data=dataset.title, count=dataset.classes, known=known), fix, node))
    return found


def _helps(recipe: Recipe, fix: Fix) -> bool:
    """Return whether the network is valid after a fix, or each problem it then has comes with a fix."""
    return all(problem.fix for problem in network.problems(network.apply(recipe.network, fix)))


def _check_output(recipe: Recipe, analysis: Analysis, dataset: Dataset) -> list[Problem]:
    if analysis.total_parameters == 0:
        return [Problem(text(
            "This network has no weights, so there is nothing to train. Add a Linear or Conv2d."), address="network")]
    if len(recipe.network.outputs) != 1 or len(recipe.network.inputs) != 1:
        return []
    given, found = (analysis.signals[end[0]].shape for end in (recipe.network.inputs, recipe.network.outputs))
    problem = tasks.of(recipe).expects(recipe.network, dataset, given, found)
    return [problem] if problem else []
