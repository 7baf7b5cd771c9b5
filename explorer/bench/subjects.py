"""What is trained in the measurements: three recipes, and samples of the size they take."""

from __future__ import annotations

import torch

from explorer import data, zoo
from explorer.bench.machine import count_cores
from explorer.data import Samples
from explorer.document import Edge, Network, Node, chain
from explorer.network import analyze
from explorer.recipe import Recipe
from explorer.training.loop import choose_threads
from explorer.training.parts import Parts

_FOREVER = 100_000  # epochs: a measurement ends, its recipe need not


def lenet_recipe(name: str = "lenet", batch_size: int = 256) -> Recipe:
    """The course's training of LeNet: SGD, learning rate 0.9, batch 256."""
    return zoo.recipe(name).with_optimizer("sgd", lr=0.9).with_(batch_size=batch_size, epochs=_FOREVER)


def mlp_recipe() -> Recipe:
    """784-256-128-10 at batch 32: steps so small that whatever is done beside them shows."""
    net = chain("MLP", ("input", "input", {"shape": [1, 28, 28]}), ("flatten", "flatten", {}),
                ("linear1", "linear", {"out_features": 256}), ("relu1", "relu", {}),
                ("linear2", "linear", {"out_features": 128}), ("relu2", "relu", {}),
                ("linear3", "linear", {"out_features": 10}))
    return Recipe(net).with_optimizer("sgd", lr=0.1).with_(batch_size=32, epochs=_FOREVER)


def resnet_recipe() -> Recipe:
    """ResNet-20 on 32×32 colors at batch 64."""
    return Recipe(resnet20()).with_optimizer("sgd", lr=0.1, momentum=0.9).with_(batch_size=64, epochs=_FOREVER)


class _Drawing:
    """A network in the making: each call adds a node behind others and returns its id."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.edges: list[Edge] = []

    def add(self, node_id: str, block: str, *sources: str, **params: object) -> str:
        self.nodes.append(Node(node_id, block, params))
        self.edges += [Edge(source, node_id, target_port=port) for port, source in enumerate(sources)]
        return node_id

    def convolve(self, name: str, source: str, channels: int, kernel: int, stride: int) -> str:
        convolution = self.add(f"conv_{name}", "conv2d", source, out_channels=channels, kernel_size=kernel,
                               stride=stride, padding=kernel // 2, bias=False)
        return self.add(f"norm_{name}", "batch_norm2d", convolution)

    def residual(self, name: str, source: str, channels: int, stride: int) -> str:
        inner = self.add(f"relu_{name}a", "relu", self.convolve(f"{name}a", source, channels, 3, stride))
        inner = self.convolve(f"{name}b", inner, channels, 3, 1)
        skip = source if stride == 1 else self.convolve(f"{name}s", source, channels, 1, stride)
        return self.add(f"relu_{name}b", "relu", self.add(f"add_{name}", "add", inner, skip))


def resnet20() -> Network:
    """Three stages of three residual blocks, 16, 32 and 64 channels. Source: He et al. 2016, section 4.2."""
    drawing = _Drawing()
    drawing.add("input", "input", shape=[3, 32, 32])
    last = drawing.add("relu_0", "relu", drawing.convolve("0", "input", 16, 3, 1))
    for stage, channels in enumerate((16, 32, 64), 1):
        for block in range(3):
            last = drawing.residual(f"{stage}{block}", last, channels, 2 if stage > 1 and block == 0 else 1)
    last = drawing.add("flatten", "flatten", drawing.add("pool", "adaptive_avg_pool2d", last, output_size=1))
    drawing.add("linear", "linear", last, out_features=10)
    return Network("ResNet-20", tuple(drawing.nodes), tuple(drawing.edges), ("linear",))


def gray_samples(count: int) -> tuple[Samples, str]:
    """`count` samples of 1×28×28 and what they are: MNIST where it lies in the data folder, else random pixels."""
    if data.is_available("mnist"):
        return data.load("mnist")[0].take(slice(0, count)), "MNIST"
    return random_samples(count, (1, 28, 28)), "random pixels"


def random_samples(count: int, shape: tuple[int, ...]) -> Samples:
    """Random pixels and random classes; speed does not depend on what they show."""
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randint(0, 256, (count, *shape), dtype=torch.uint8, generator=generator)
    return Samples(inputs, torch.randint(0, 10, (count,), generator=generator), tuple("0123456789"))


def as_parts(samples: Samples) -> Parts:
    """All of them to train on; nothing here evaluates."""
    return Parts(samples, samples.take(slice(0, 0)), samples.take(slice(0, 0)))


def threads_for(recipe: Recipe) -> int:
    """The CPU threads a real run of the recipe would take."""
    return choose_threads(analyze(recipe.network).total_multiply_adds * recipe.batch_size, count_cores())
