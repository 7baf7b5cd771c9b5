"""The number that gradients are of: the loss, or one number of the network's output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from explorer import tasks
from explorer.formatting import format_character, format_number
from explorer.probes.subject import Subject
from explorer.results import Probabilities, Tokens
from explorer.results.measured import name_classes
from explorer.spec import BadValue
from explorer.text import Text, text

_NO_TARGET = text("This input has no target of its own: the prediction takes its place.")
LOSS_OF, LOSS = "", "loss"  # what is chosen where it is no output
CLASSES, CHARACTERS, NUMBERS = "classes", "characters", "numbers"  # kinds of outputs


@dataclass(frozen=True)
class Objective:
    """One number for each sample. values: (sample,), connected for gradients.

    what: the number, a phrase for a sentence. note: why it is not what was asked for; None where it is.
    """

    values: Tensor
    what: Text
    note: Text | None = None


def kind_of(subject: Subject) -> str:
    """Return what the numbers of the output are: one for each class, each character, or plain numbers.

    >>> kind_of(Subject(nn.ReLU(), torch.zeros(1, 2)))
    'classes'
    """
    answers = Probabilities if subject.recipe is None else tasks.of(subject.recipe).answers
    return CLASSES if issubclass(answers, Probabilities) else CHARACTERS if issubclass(answers, Tokens) else NUMBERS


def knows_target(subject: Subject) -> bool:
    """Check whether a loss can be computed: the target is known, or the predicted class can take its place.

    >>> knows_target(Subject(nn.ReLU(), torch.zeros(1, 2)))
    True
    """
    return subject.target is not None or kind_of(subject) != NUMBERS


def choices_of(subject: Subject, outputs: Tensor) -> tuple[str, ...]:
    """Name the numbers of the output that gradients can be of, by their index.

    >>> choices_of(Subject(nn.ReLU(), torch.zeros(1, 2), class_names=("cat", "dog")), torch.zeros(1, 2))
    ('cat', 'dog')
    """
    count = _by_place(outputs).shape[-1]
    if kind_of(subject) != NUMBERS:
        return name_classes(subject.class_names, 2 if _is_binary(subject, outputs) else count)
    return (subject.target_name,) if count == 1 and subject.target_name else tuple(map(str, range(count)))


def objective_of(subject: Subject, outputs: Tensor, target: Tensor | None, of: str = LOSS_OF) -> Objective:
    """Compute the number of each sample that gradients are of. outputs, target: (sample, ...).

    of: "" or "loss" for the recipe's loss, else the index of a number of the output, as text: a class's logit, that of
    a character as the next one; "4-9" for the difference of two. Where the loss has no target, the predicted class
    takes its place; a number that is predicted takes the loss's place. Raises BadValue.

    >>> subject = Subject(nn.ReLU(), torch.zeros(1, 2), class_names=("cat", "dog"))
    >>> print(objective_of(subject, torch.tensor([[1.0, 3.0]]), None, "1").what)
    the logit of dog
    """
    if of not in (LOSS_OF, LOSS):
        return _one_output(subject, outputs, of)
    if target is not None:
        return _loss(subject, outputs, target.to(outputs.device))
    if knows_target(subject):
        return _loss_of_prediction(subject, outputs)
    one = _one_output(subject, outputs, "0")
    return Objective(one.values, one.what, text("The loss needs the right number, which this input does not have: the "
                                                "prediction takes its place."))


def places_of(subject: Subject, outputs: Tensor, of: str) -> tuple[int, int | None]:
    """Find the place of a number of the output, and of the one that is taken from it: None where there is none.

    of: a place as text, or a class by its name; two with "-" between them for a difference. Raises BadValue.

    >>> subject = Subject(nn.ReLU(), torch.zeros(1, 3), class_names=("T-shirt", "bag", "coat"))
    >>> places_of(subject, torch.zeros(1, 3), "T-shirt"), places_of(subject, torch.zeros(1, 3), "bag-0")
    ((0, None), (1, 0))
    """
    names = choices_of(subject, outputs)
    if (one := _place_of(names, of)) is not None:
        return one, None
    for cut in (place for place, letter in enumerate(of) if letter == "-"):
        first, second = _place_of(names, of[:cut]), _place_of(names, of[cut + 1:])
        if first is not None and first == second:
            raise BadValue(text("Both sides of {of} are the same output, so their difference is 0. Choose another one "
                                "for one of them.", of=of[:40]))
        if first is not None and second is not None:
            return first, second
    raise BadValue(text("The network has no output {of}. Choose the loss, or one of its {count} outputs: 0 to {last}.",
                        of=of[:40], count=len(names), last=len(names) - 1))


def _place_of(names: Sequence[str], of: str) -> int | None:
    if of.isdecimal() and of.isascii():
        return int(of) if int(of) < len(names) else None
    return names.index(of) if of in names else None


def _one_output(subject: Subject, outputs: Tensor, of: str) -> Objective:
    place, other = places_of(subject, outputs, of)
    numbers, what = numbers_of(subject, outputs), _describe(subject, outputs, place)
    if other is None:
        return Objective(numbers[:, place], what)
    return Objective(numbers[:, place] - numbers[:, other],
                     text("{first} minus {second}", first=what, second=_describe(subject, outputs, other)))


def _describe(subject: Subject, outputs: Tensor, place: int) -> Text:
    name, kind = choices_of(subject, outputs)[place], kind_of(subject)
    if kind == CHARACTERS:
        return text("the logit of {name} as the next one", name=format_character(name))
    return text("the logit of {name}", name=name) if kind == CLASSES else text("the predicted {name}", name=name)


def numbers_of(subject: Subject, outputs: Tensor) -> Tensor:
    """Take the numbers that gradients can be of from the outputs, in the order of their names: (sample, number).

    A single logit is that of the second of two classes, its opposite that of the first. Of a text, those after the last
    token that was typed; of other outputs for many places, their means: those of maps are one for each channel.

    >>> numbers_of(Subject(nn.ReLU(), torch.zeros(1, 2)), torch.tensor([[2.0]])).tolist()
    [[-2.0, 2.0]]
    """
    if kind_of(subject) == CHARACTERS:
        return outputs[:, last_token(subject)]
    numbers = _by_place(outputs).mean(1)
    return torch.cat([-numbers, numbers], 1) if _is_binary(subject, outputs) else numbers


def logits_of(subject: Subject, outputs: Tensor) -> Tensor:
    """Return numbers of which a softmax gives the probabilities of classes, or of characters: (sample, number).

    >>> logits_of(Subject(nn.ReLU(), torch.zeros(1, 2)), torch.tensor([[2.0]])).tolist()
    [[-1.0, 1.0]]
    """
    numbers = numbers_of(subject, outputs).float()
    return numbers / 2 if _is_binary(subject, outputs) else numbers  # a single logit z comes as -z and z


def probabilities_of(subject: Subject, outputs: Tensor) -> Tensor:
    """Return the probability of each class, of a text that of each next character: (sample, number).

    >>> probabilities_of(Subject(nn.ReLU(), torch.zeros(1, 2)), torch.tensor([[0.0]])).tolist()
    [[0.5, 0.5]]
    """
    return logits_of(subject, outputs).softmax(1)


def _is_binary(subject: Subject, outputs: Tensor) -> bool:
    return kind_of(subject) == CLASSES and _by_place(outputs).shape[-1] == 1


def _by_place(outputs: Tensor) -> Tensor:
    """Put a number's places on one axis: (sample, place, number). Maps have their numbers on the second axis."""
    if outputs.dim() > 3:
        return outputs.flatten(2).transpose(1, 2)
    return outputs.reshape(len(outputs), -1, outputs.shape[-1] if outputs.dim() > 1 else 1)


def last_token(subject: Subject) -> int:
    """Return the place of the last token that was typed, or of the last of all.

    >>> last_token(Subject(nn.ReLU(), torch.zeros(1, 2), tokens=7))
    6
    """
    return -1 if subject.tokens is None else max(subject.tokens, 1) - 1


def _loss(subject: Subject, outputs: Tensor, target: Tensor) -> Objective:
    values = torch.stack([loss_with(subject, output, own) for output, own in zip(outputs, target, strict=True)])
    if subject.recipe is None or len(outputs) > 1:
        return Objective(values, text("the loss"))
    return Objective(values, _describe_target(subject, outputs, target))


def loss_with(subject: Subject, output: Tensor, target: Tensor) -> Tensor:
    """Compute the recipe's loss of one sample, the cross-entropy where there is no recipe.

    >>> loss_with(Subject(nn.ReLU(), torch.zeros(1, 2)), torch.zeros(2), torch.tensor(1)).exp().round()
    tensor(2.)
    """
    if subject.recipe is None:
        return nn.functional.cross_entropy(output[None], target[None])
    return tasks.learner(subject.recipe).loss(output[None].float(), target[None])


def _describe_target(subject: Subject, outputs: Tensor, target: Tensor) -> Text:
    if kind_of(subject) == CHARACTERS:
        return text("the loss over all next characters")
    value = target.flatten()[0].item()
    names = choices_of(subject, outputs) if kind_of(subject) == CLASSES else ()
    name = names[int(value)] if 0 <= int(value) < len(names) else format_number(value)
    return text("the loss with target {name}", name=name)


def predicted_targets(subject: Subject, outputs: Tensor) -> Tensor:
    """Return the predicted classes, which take the place of targets; of a text that of its next character alone.

    >>> predicted_targets(Subject(nn.ReLU(), torch.zeros(1, 2)), torch.tensor([[0.0, 1.0]])).tolist()
    [[1]]
    """
    if kind_of(subject) == CHARACTERS or subject.recipe is None:
        return _logits_of_classes(subject, outputs).argmax(-1)
    return torch.as_tensor(tasks.answer(subject.recipe, outputs, subject.class_names).values.argmax(-1)).to(
        outputs.device)


def loss_with_prediction(subject: Subject, output: Tensor, target: Tensor) -> Tensor:
    """Compute the loss of one sample with what `predicted_targets` gave.

    >>> loss_with_prediction(Subject(nn.ReLU(), torch.zeros(1, 2)), torch.zeros(2), torch.tensor(1)).exp().round()
    tensor(2.)
    """
    if kind_of(subject) == CHARACTERS or subject.recipe is None:
        logits = _logits_of_classes(subject, output[None])
        return nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), target.reshape(-1))
    return loss_with(subject, output, target)


def _logits_of_classes(subject: Subject, outputs: Tensor) -> Tensor:
    """Take logits, (sample, ..., class): of a text those of the next character, of one logit those of two classes."""
    if kind_of(subject) == CHARACTERS:
        return outputs[:, last_token(subject)]
    logits = _by_place(outputs)
    return torch.cat([torch.zeros_like(logits), logits], -1) if _is_binary(subject, outputs) else logits


def _loss_of_prediction(subject: Subject, outputs: Tensor) -> Objective:
    target = predicted_targets(subject, outputs)
    values = torch.stack([loss_with_prediction(subject, output, own)
                          for output, own in zip(outputs, target, strict=True)])
    return Objective(values, _describe_prediction(subject, outputs, target), _NO_TARGET)


def _describe_prediction(subject: Subject, outputs: Tensor, target: Tensor) -> Text:
    if subject.recipe is None:
        return text("the loss with the predicted class as target")
    name = choices_of(subject, outputs)[int(target.flatten()[0])]
    if kind_of(subject) == CHARACTERS:
        return text("the loss of the next character with the predicted {name} as target", name=format_character(name))
    return text("the loss with the predicted class {name} as target", name=name)
