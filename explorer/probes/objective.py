"""The number that gradients are of: the loss, or one number of the network's output."""

from __future__ import annotations

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
LOSS_OF = ""  # what is chosen where it is no output
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
    if kind_of(subject) != NUMBERS:
        return name_classes(subject.class_names, 2 if _is_binary(subject, outputs) else outputs.shape[-1])
    count = outputs.shape[-1] if outputs.dim() > 1 else 1
    return (subject.target_name,) if count == 1 and subject.target_name else tuple(map(str, range(count)))


def objective_of(subject: Subject, outputs: Tensor, target: Tensor | None, of: str = LOSS_OF) -> Objective:
    """Compute the number of each sample that gradients are of. outputs, target: (sample, ...).

    of: "" for the recipe's loss, else the index of a number of the output, as text: a class's logit, that of a
    character as the next one; "4-9" for the difference of two. Where the loss has no target, the predicted class takes
    its place; a number that is predicted takes the loss's place. Raises BadValue.

    >>> subject = Subject(nn.ReLU(), torch.zeros(1, 2), class_names=("cat", "dog"))
    >>> print(objective_of(subject, torch.tensor([[1.0, 3.0]]), None, "1").what)
    the logit of dog
    """
    if of != LOSS_OF:
        return _one_output(subject, outputs, of)
    if target is not None:
        return _loss(subject, outputs, target.to(outputs.device))
    if knows_target(subject):
        return _loss_of_prediction(subject, outputs)
    one = _one_output(subject, outputs, "0")
    return Objective(one.values, one.what, text("The loss needs the right number, which this input does not have: the "
                                                "prediction takes its place."))


def _one_output(subject: Subject, outputs: Tensor, of: str) -> Objective:
    first, _minus, second = of.partition("-")
    if second:
        one, other = (_one_output(subject, outputs, each) for each in (first, second))
        return Objective(one.values - other.values, text("{first} minus {second}", first=one.what, second=other.what))
    names, kind = choices_of(subject, outputs), kind_of(subject)
    if not of.isdecimal() or int(of) >= len(names):
        raise BadValue(text("The network has no output number {of} to take the gradient of. Choose the loss, or one of "
                            "its {count} outputs.", of=of[:20], count=len(names)))
    values, name = numbers_of(subject, outputs)[:, int(of)], names[int(of)]
    if kind == CHARACTERS:
        return Objective(values, text("the logit of {name} as the next one", name=format_character(name)))
    return Objective(values, text("the logit of {name}", name=name) if kind == CLASSES
                     else text("the predicted {name}", name=name))


def numbers_of(subject: Subject, outputs: Tensor) -> Tensor:
    """Take the numbers that gradients can be of from the outputs, in the order of their names: (sample, number).

    A single logit is that of the second of two classes, its opposite that of the first. Of a text, those after the last
    token that was typed; of other outputs for many places, their means.

    >>> numbers_of(Subject(nn.ReLU(), torch.zeros(1, 2)), torch.tensor([[2.0]])).tolist()
    [[-2.0, 2.0]]
    """
    if _is_binary(subject, outputs):
        logits = outputs.flatten(1)[:, :1]
        return torch.cat([-logits, logits], 1)
    if kind_of(subject) == CHARACTERS:
        return outputs[:, _last(subject)]
    return outputs.reshape(len(outputs), -1, outputs.shape[-1]).mean(1) if outputs.dim() > 1 else outputs[:, None]


def _is_binary(subject: Subject, outputs: Tensor) -> bool:
    return kind_of(subject) == CLASSES and outputs.shape[-1] == 1


def _last(subject: Subject) -> int:
    """Return the place of the last token that was typed, or of the last of all."""
    return -1 if subject.tokens is None else max(subject.tokens, 1) - 1


def _loss(subject: Subject, outputs: Tensor, target: Tensor) -> Objective:
    if subject.recipe is None:
        values = nn.functional.cross_entropy(outputs, target, reduction="none")
        return Objective(values.flatten(1).mean(1) if values.dim() > 1 else values, text("the loss"))
    learner = tasks.learner(subject.recipe)
    values = torch.stack([learner.loss(outputs[one:one + 1].float(), target[one:one + 1])
                          for one in range(len(outputs))])
    if len(outputs) > 1:
        return Objective(values, text("the loss"))
    return Objective(values, _describe_target(subject, outputs, target))


def _describe_target(subject: Subject, outputs: Tensor, target: Tensor) -> Text:
    if kind_of(subject) == CHARACTERS:
        return text("the loss over all next characters")
    value = target.flatten()[0].item()
    names = choices_of(subject, outputs) if kind_of(subject) == CLASSES else ()
    name = names[int(value)] if 0 <= int(value) < len(names) else format_number(value)
    return text("the loss with target {name}", name=name)


def _loss_of_prediction(subject: Subject, outputs: Tensor) -> Objective:
    """Compute the loss as if the predicted class were the target; of a text, that of its next character alone."""
    if kind_of(subject) == CHARACTERS:
        last = outputs[:, _last(subject)]
        losses = nn.functional.cross_entropy(last, last.argmax(-1), reduction="none")
        name = choices_of(subject, outputs)[int(last[0].argmax())]
        return Objective(losses, text("the loss of the next character with the predicted {name} as target",
                                      name=format_character(name)), _NO_TARGET)
    if subject.recipe is None:
        logits = outputs.reshape(len(outputs), -1, outputs.shape[-1])
        losses = nn.functional.cross_entropy(logits.flatten(0, 1), logits.argmax(-1).flatten(), reduction="none")
        return Objective(losses.reshape(len(outputs), -1).mean(1), text("the loss with the predicted class as target"),
                         _NO_TARGET)
    answer = tasks.answer(subject.recipe, outputs, subject.class_names)
    target = torch.as_tensor(answer.values.argmax(-1), device=outputs.device)
    name = choices_of(subject, outputs)[int(target.flatten()[0])]
    return Objective(_loss(subject, outputs, target).values,
                     text("the loss with the predicted class {name} as target", name=name), _NO_TARGET)
