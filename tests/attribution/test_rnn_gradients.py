"""cuDNN is off while gradients pass an RNN, and as it was afterwards, however many pass at once."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
import torch
from torch import Tensor, nn

from explorer.attribution import METHODS, attribute
from explorer.attribution.rnn_gradients import without_cudnn
from explorer.probes import run


class LastState(nn.Module):
    """An LSTM whose last hidden state is read; it notes whether cuDNN is on."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.head, self.seen = nn.LSTM(3, 4, batch_first=True), nn.Linear(4, 2), set()

    def forward(self, x: Tensor) -> Tensor:
        self.seen.add(torch.backends.cudnn.enabled)
        return self.head(self.lstm(x)[1][0][-1])


def test_the_last_to_leave_gives_cudnn_back_whoever_came_first() -> None:
    assert torch.backends.cudnn.enabled
    first, second = ExitStack(), ExitStack()
    first.enter_context(without_cudnn(nn.GRU(1, 1)))
    second.enter_context(without_cudnn(nn.GRU(1, 1)))
    first.close()
    assert not torch.backends.cudnn.enabled
    second.close()
    assert torch.backends.cudnn.enabled


def test_cudnn_stays_off_where_it_was_off_and_comes_back_after_an_error() -> None:
    with torch.backends.cudnn.flags(enabled=False):
        with without_cudnn(nn.GRU(1, 1)):
            pass
        assert not torch.backends.cudnn.enabled
    with pytest.raises(ZeroDivisionError), without_cudnn(nn.GRU(1, 1)):
        1 / 0  # noqa: B018
    assert torch.backends.cudnn.enabled


def test_a_network_without_rnns_leaves_cudnn_on() -> None:
    with without_cudnn(nn.Conv2d(1, 1, 3)):
        assert torch.backends.cudnn.enabled


def test_an_rnn_is_attributed_without_cudnn() -> None:
    seen = set()

    def numbers(outputs: Tensor) -> Tensor:
        seen.add(torch.backends.cudnn.enabled)
        return outputs
    attribute(METHODS.get("saliency"), LastState(), torch.ones(1, 5, 3), numbers, torch.tensor([0]))
    assert seen == {False}
    assert torch.backends.cudnn.enabled


@pytest.mark.parametrize(("probe", "options"), [("gradient_maps", {}), ("value_histograms", {"what": "gradients",
                                                                                             "node": "head"})])
def test_gradients_of_an_rnn_are_made_without_cudnn(probe: str, options: dict[str, str]) -> None:
    model = LastState()
    run(probe, model, torch.ones(1, 5, 3), **options)
    assert False in model.seen
    assert torch.backends.cudnn.enabled
