"""Training loops to be timed: ours, a plain one written by hand, and the course book's."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from explorer.data import Samples
from explorer.recipe import Recipe
from explorer.training.loop.graph import PacedReplay, capture_on
from explorer.training.loop.loop import Trainer
from explorer.training.loop.parts import Parts
from explorer.training.loop.torch_settings import set_deterministic


class OurLoop:
    """A Trainer as a run drives it. With instruments, each bout ends with a flush: more often than in a run.

    With full ones each bout is taken for the beginning of a run, where samples are densest. replay: the bare graph of
    the step, where there is one.
    """

    def __init__(self, recipe: Recipe, parts: Parts, device: str, instruments: bool = True, graph: bool = True) -> None:
        """Set up the training. graph: whether steps may become graphs, as those of a run do."""
        self.trainer = Trainer(recipe, parts, device, instruments, capture_on(device) if graph else None)
        self._deterministic = recipe.deterministic
        if self.trainer.sampler:  # the first sample in a process is slow, and would have to be earned again
            self.trainer.train_step()
            self.trainer.sampler.resume(0.0, 0.0)

    @property
    def replay(self) -> Callable[[], None] | None:
        replay = self.trainer.graphed and self.trainer.graphed.replay
        return replay.graph.replay if isinstance(replay, PacedReplay) else replay

    def step(self) -> int:
        return self.trainer.train_step()

    def prepare(self) -> None:
        set_deterministic(self._deterministic)
        if self.trainer.sampler:
            self.trainer.step = 0

    def finish(self) -> None:
        if self.trainer.instruments:
            self.trainer.instruments.flush()
        if self.trainer.sampler:
            self.trainer.sampler.flush()

    def leave(self) -> None:
        set_deterministic(False)


class HandLoop:
    """Float tensors whole on the device, a shuffled index, and the usual five lines."""

    def __init__(self, model: nn.Module, samples: Samples, lr: float, batch_size: int, device: str,
                 fused: bool | None = None) -> None:
        self.model, self.batch_size = model.to(device), batch_size
        self.inputs, self.targets = (samples.inputs.float() / 255).to(device), samples.targets.to(device)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=lr, fused=fused)
        self.loss = nn.CrossEntropyLoss()
        self.last_loss: Tensor | None = None
        self.order = self._shuffle()
        self._start = 0

    def _shuffle(self) -> Tensor:
        return torch.randperm(len(self.inputs)).to(self.inputs.device)

    def step(self) -> int:
        if self._start >= len(self.order):
            self.order, self._start = self._shuffle(), 0
        index = self.order[self._start:self._start + self.batch_size]
        self._start += self.batch_size
        x, y = self.inputs[index], self.targets[index]
        self.optimizer.zero_grad()
        self.last_loss = self.loss(self.model(x), y)
        self.last_loss.backward()
        self.optimizer.step()
        return len(index)

    def prepare(self) -> None:
        pass

    def finish(self) -> None:
        pass

    def leave(self) -> None:
        pass


class PictureSamples(Dataset):
    """Samples as torchvision's data sets return them: one at a time, converted by ToTensor at every access."""

    def __init__(self, samples: Samples) -> None:
        from torchvision.transforms import ToTensor

        self.pixels, self.targets = samples.inputs[:, 0], samples.targets
        self.convert = ToTensor()

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        from PIL import Image

        return self.convert(Image.fromarray(self.pixels[index].numpy())), int(self.targets[index])


class BookLoop(HandLoop):
    """The course book's training of a convolutional network: DataLoader, and the accuracy of every batch.

    Workers go on filling their queue while others are timed; so their stock is used up before each bout.
    Source: Dive into Deep Learning, train_ch6.
    """

    def __init__(self, model: nn.Module, samples: Samples, lr: float, batch_size: int, device: str,
                 workers: int = 0) -> None:
        super().__init__(model, samples.take(slice(0, 0)), lr, batch_size, device)
        self.device, self._stock = device, 2 * workers
        with warnings.catch_warnings():  # that there are more workers than cores is what is asked for
            warnings.simplefilter("ignore")
            self._loader = DataLoader(PictureSamples(samples), batch_size, shuffle=True, num_workers=workers,
                                      persistent_workers=workers > 0)
            self._batches: Iterator[list[Tensor]] = iter(self._loader)
        self.totals = [0.0, 0.0, 0]

    def _next_batch(self) -> list[Tensor]:
        try:
            return next(self._batches)
        except StopIteration:
            self._batches = iter(self._loader)
            return next(self._batches)

    def step(self) -> int:
        x, y = self._next_batch()
        self.optimizer.zero_grad()
        x, y = x.to(self.device), y.to(self.device)
        outputs = self.model(x)
        loss = self.loss(outputs, y)
        loss.backward()
        self.optimizer.step()
        with torch.no_grad():
            self.totals[0] += float(loss * x.shape[0])
            self.totals[1] += float((outputs.argmax(axis=1).type(y.dtype) == y).type(y.dtype).sum())
            self.totals[2] += x.shape[0]
        return len(y)

    def prepare(self) -> None:
        for _ in range(self._stock):
            self.step()


def plain_lenet(name: str) -> nn.Sequential:
    """Build a plain LeNet: `lenet` with sigmoid and average pooling, `lenet_relu` with ReLU and max pooling."""
    activation, pool = (nn.Sigmoid, nn.AvgPool2d) if name == "lenet" else (nn.ReLU, nn.MaxPool2d)
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), activation(), pool(2, 2), nn.Conv2d(6, 16, 5), activation(), pool(2, 2),
        nn.Flatten(), nn.Linear(400, 120), activation(), nn.Linear(120, 84), activation(), nn.Linear(84, 10))
