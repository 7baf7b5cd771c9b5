"""Methods of attribution that are compared with each other, and with a random attribution, on the same samples."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from torch import Tensor, nn

from explorer import network
from explorer.attribution import METHODS, Method
from explorer.attribution.attributed_places import per_place
from explorer.probes.attributed_samples import part_of
from explorer.probes.attribution_probes import attribute_batch
from explorer.probes.attribution_target import ExplainedNumber
from explorer.probes.subject import Canceled, NotApplicable, Subject
from explorer.spec import BadValue, Choice, defaults
from explorer.text import Text, text

ALL, RANDOM = "all", "random"
QUICK_PASSES = 64  # of one sample, forth and back: what is taken for all are the methods that need no more
_OTHER_PLACES = text("Its places are not those of the input.")

log = logging.getLogger(__name__)


def method_choice(default: str) -> Choice:
    """Make the option that chooses one method, or all."""
    return Choice("method", "Method", default, (ALL, *(each.name for each in METHODS)),
                  ("all that are quick", *(each.title for each in METHODS)),
                  help="One method of attribution, or all that are quick and fit this network, each with its defaults.")


def methods_for(subject: Subject, chosen: str = ALL) -> tuple[Method, ...]:
    """List the methods that fit the network: the chosen one, or all that are quick.

    Raises NotApplicable where the chosen one does not fit, with its reason.

    >>> import torch
    >>> [each.name for each in methods_for(Subject(nn.Linear(2, 1), torch.zeros(1, 2)), "saliency")]
    ['saliency']
    """
    analysis = None if subject.recipe is None else network.analyze(subject.recipe.network)
    fitting = []
    quick = [each for each in METHODS if each.passes(defaults(each.params), subject.batch[0].numel()) <= QUICK_PASSES]
    for method in quick if chosen == ALL else (METHODS.get(chosen),):
        refusal = None if analysis is None else method.refuses(subject.recipe, analysis)
        if refusal is None:
            fitting.append(method)
        elif chosen != ALL:
            raise NotApplicable(refusal)
    return tuple(fitting)


def first_of(subject: Subject) -> Subject:
    """Return the same model with the first sample of its batch alone.

    >>> import torch
    >>> first_of(Subject(nn.ReLU(), torch.zeros(5, 2))).batch.shape
    torch.Size([1, 2])
    """
    return replace(subject, batch=subject.batch[:1], target=None if subject.target is None else subject.target[:1])


@dataclass(frozen=True)
class Comparison:
    """Attributions of the same samples. values: by the method's name, (sample, place, ...), the same places for all.

    left_out: a sentence for each method that cannot be compared on these samples, by its name.
    """

    values: Mapping[str, Tensor]
    left_out: Mapping[str, Text]

    @property
    def note(self) -> Text | None:
        """A remark on the methods that were left out; None where none was."""
        return left_out_note(self.left_out)


@contextmanager
def leaving_out(method: Method, left_out: dict[str, Text]) -> Iterator[None]:
    """Put a sentence down for a method that fails, so that a comparison goes on; the log has the trace of a bug.

    Raises only BadValue and Canceled, which are no fault of the method.

    >>> left_out = {}
    >>> with leaving_out(METHODS.get("saliency"), left_out):
    ...     raise NotApplicable(text("It has no gradient."))
    >>> print(left_out["saliency"])
    It has no gradient.
    """
    try:
        yield
    except (BadValue, Canceled):
        raise
    except NotApplicable as error:
        left_out[method.name] = error.sentence
    except Exception:
        log.exception("%s failed and was left out of a comparison", method.name)
        left_out[method.name] = text("{method} failed on these inputs. The log has the reason.",
                                     method=title_of(method.name))


def left_out_note(left_out: Mapping[str, Text]) -> Text | None:
    """Name methods that were left out, and why the first one was.

    >>> print(left_out_note({"saliency": text("It has no gradient.")}))
    Left out: Saliency. It has no gradient.
    """
    if not left_out:
        return None
    return text("Left out: {names}. {reason}", names=", ".join(map(title_of, left_out)),
                reason=next(iter(left_out.values())))


def title_of(name: str) -> str:
    """Return the title of a method, or of the random attribution.

    >>> title_of("saliency"), title_of(RANDOM)
    ('Saliency', 'Random')
    """
    return METHODS.get(name).title if name != RANDOM else "Random"


def compare_methods(subject: Subject, methods: Sequence[Method], number: ExplainedNumber,
                    model: nn.Module | None = None) -> Comparison:
    """Attribute a number of each sample of a subject's batch by every method, with its defaults.

    model: another one than the subject's, of the same form. Reports progress. Raises NotApplicable where no method can.
    """
    shape, found, left_out = tuple(subject.batch.shape[1:]), {}, {}
    looked_at = replace(subject, model=model or subject.model)
    for done, method in enumerate(methods):
        part = part_of(looked_at, done / len(methods), 1 / len(methods))
        with leaving_out(method, left_out):
            values = attribute_batch(method, part, number, {}).values.float()
            found[method.name] = places_of_input(subject, method, values, shape)
        subject.report((done + 1) / len(methods))
    if not found:
        raise NotApplicable(next(iter(left_out.values())))
    return Comparison(found, left_out)


def places_of_input(subject: Subject, method: Method | None, values: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Sum a method's attributions over what is at the same place of an input of this shape, as `per_place` does.

    method: None for a random attribution. Raises NotApplicable where they are of other places, such as the units of a
    layer, even where there are as many.

    >>> import torch
    >>> places_of_input(Subject(nn.ReLU(), torch.zeros(1, 2)), None, torch.ones(1, 2), (2,)).shape
    torch.Size([1, 2])
    """
    if subject.takes_tokens and values[0].numel() == shape[0]:
        return per_place(values.flatten(1), shape)
    is_of_layer = method is not None and method.of_layer
    if values.dim() == 4 if len(shape) == 3 else not is_of_layer and values.shape[1:] == shape:
        return per_place(values, shape)
    raise NotApplicable(_OTHER_PLACES)


def joined(sentences: Sequence[Text | None]) -> Text:
    """Join sentences, each with its own template; None is left out.

    >>> str(joined([text("One."), None, text("Two.")]))
    'One. Two.'
    """
    kept = {f"s{place}": sentence for place, sentence in enumerate(sentences) if sentence is not None}
    return text(" ".join(f"{{{name}}}" for name in kept), **kept)
