"""The course's blocks and networks written out in plain PyTorch, to hold ours against."""

from __future__ import annotations

import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional as F


class Residual(nn.Module):
    """Dive into Deep Learning, 8.6.2."""

    def __init__(self, inside: int, outside: int, use_1x1conv: bool = False, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inside, outside, 3, stride, 1)
        self.bn1 = nn.BatchNorm2d(outside)
        self.conv2 = nn.Conv2d(outside, outside, 3, 1, 1)
        self.bn2 = nn.BatchNorm2d(outside)
        self.conv3 = nn.Conv2d(inside, outside, 1, stride) if use_1x1conv else None

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (self.conv3(x) if self.conv3 else x))


class Inception(nn.Module):
    """Dive into Deep Learning, 8.4.1; c1 to c4 are the channels of the four branches."""

    def __init__(self, inside: int, c1: int, c2: tuple[int, int], c3: tuple[int, int], c4: int) -> None:
        super().__init__()
        self.b1_1 = nn.Conv2d(inside, c1, 1)
        self.b2_1, self.b2_2 = nn.Conv2d(inside, c2[0], 1), nn.Conv2d(c2[0], c2[1], 3, padding=1)
        self.b3_1, self.b3_2 = nn.Conv2d(inside, c3[0], 1), nn.Conv2d(c3[0], c3[1], 5, padding=2)
        self.b4_2 = nn.Conv2d(inside, c4, 1)

    def forward(self, x: Tensor) -> Tensor:
        b1 = F.relu(self.b1_1(x))
        b2 = F.relu(self.b2_2(F.relu(self.b2_1(x))))
        b3 = F.relu(self.b3_2(F.relu(self.b3_1(x))))
        b4 = F.relu(self.b4_2(F.max_pool2d(x, 3, 1, 1)))
        return torch.cat((b1, b2, b3, b4), 1)


def _pool() -> nn.Module:
    return nn.MaxPool2d(3, 2, 1)


def googlenet() -> nn.Module:
    """Dive into Deep Learning, 8.4.2, for one input channel and ten classes."""
    return nn.Sequential(
        nn.Conv2d(1, 64, 7, 2, 3), nn.ReLU(), _pool(),
        nn.Conv2d(64, 64, 1), nn.ReLU(), nn.Conv2d(64, 192, 3, padding=1), nn.ReLU(), _pool(),
        Inception(192, 64, (96, 128), (16, 32), 32), Inception(256, 128, (128, 192), (32, 96), 64), _pool(),
        Inception(480, 192, (96, 208), (16, 48), 64), Inception(512, 160, (112, 224), (24, 64), 64),
        Inception(512, 128, (128, 256), (24, 64), 64), Inception(512, 112, (144, 288), (32, 64), 64),
        Inception(528, 256, (160, 320), (32, 128), 128), _pool(),
        Inception(832, 256, (160, 320), (32, 128), 128), Inception(832, 384, (192, 384), (48, 128), 128),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1024, 10))


def with_weights_of(plain: nn.Module, ours: nn.Module) -> nn.Module:
    """`plain` with the weights and buffers of `ours`, whose order is the same."""
    plain.load_state_dict(dict(zip(plain.state_dict(), ours.state_dict().values(), strict=True)))
    return plain


def lenet(activation: type[nn.Module], pool: type[nn.Module], norms: bool = False) -> nn.Sequential:
    """Dive into Deep Learning, 7.6 and 8.5.4."""
    def after(*sizes: int) -> list[nn.Module]:
        norm = nn.BatchNorm2d if len(sizes) == 2 else nn.BatchNorm1d
        return [*([norm(sizes[0])] if norms else []), activation()]

    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), *after(6, 2), pool(2, 2), nn.Conv2d(6, 16, 5), *after(16, 2), pool(2, 2),
        nn.Flatten(), nn.Linear(400, 120), *after(120), nn.Linear(120, 84), *after(84), nn.Linear(84, 10))


def tiny_vgg() -> nn.Sequential:
    """Twice conv3-10, ReLU, conv3-10, ReLU, max pooling; 64×64 colors."""
    return nn.Sequential(
        nn.Conv2d(3, 10, 3), nn.ReLU(), nn.Conv2d(10, 10, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(10, 10, 3), nn.ReLU(), nn.Conv2d(10, 10, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(1690, 10))


def alexnet() -> nn.Sequential:
    """Dive into Deep Learning, 8.1.2."""
    return nn.Sequential(
        nn.Conv2d(1, 96, 11, 4, 1), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Conv2d(96, 256, 5, padding=2), nn.ReLU(),
        nn.MaxPool2d(3, 2), nn.Conv2d(256, 384, 3, padding=1), nn.ReLU(), nn.Conv2d(384, 384, 3, padding=1), nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Flatten(),
        nn.Linear(6400, 4096), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(4096, 10))


def vgg11() -> nn.Sequential:
    """Dive into Deep Learning, 8.2.2."""
    layers, inside = [], 1
    for convs, outside in ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512)):
        for _ in range(convs):
            layers += [nn.Conv2d(inside, outside, 3, padding=1), nn.ReLU()]
            inside = outside
        layers.append(nn.MaxPool2d(2, 2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512 * 7 * 7, 4096), nn.ReLU(), nn.Dropout(0.5),
                         nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4096, 10))


def nin() -> nn.Sequential:
    """Dive into Deep Learning, 8.3.2."""
    def block(inside: int, outside: int, kernel: int, stride: int, padding: int) -> list[nn.Module]:
        return [nn.Conv2d(inside, outside, kernel, stride, padding), nn.ReLU(), nn.Conv2d(outside, outside, 1),
                nn.ReLU(), nn.Conv2d(outside, outside, 1), nn.ReLU()]

    return nn.Sequential(
        *block(1, 96, 11, 4, 0), nn.MaxPool2d(3, 2), *block(96, 256, 5, 1, 2), nn.MaxPool2d(3, 2),
        *block(256, 384, 3, 1, 1), nn.MaxPool2d(3, 2), nn.Dropout(0.5), *block(384, 10, 3, 1, 1),
        nn.AdaptiveAvgPool2d(1), nn.Flatten())


class PaperResidual(nn.Module):
    """He et al. 2016: no biases, batch norm on the shortcut, too."""

    def __init__(self, inside: int, outside: int, stride: int = 1) -> None:
        super().__init__()
        self.main = nn.Sequential(nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside),
                                  nn.ReLU(), nn.Conv2d(outside, outside, 3, 1, 1, bias=False), nn.BatchNorm2d(outside))
        around = [nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside)] if stride > 1 else []
        self.around = nn.Sequential(*around)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.main(x) + self.around(x))


def resnet20() -> nn.Sequential:
    """He et al. 2016, section 4.2, with 1×1 convolutions where the size changes (its option B)."""
    blocks = [PaperResidual(16, 16) for _ in range(3)]
    for inside, outside in ((16, 32), (32, 64)):
        blocks += [PaperResidual(inside, outside, 2), PaperResidual(outside, outside), PaperResidual(outside, outside)]
    return nn.Sequential(nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), *blocks,
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


class RowReader(nn.Module):
    """An LSTM over the rows of a gray image; its last state is classified."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.linear = nn.LSTM(28, 128, batch_first=True), nn.Linear(128, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(self.lstm(x[:, 0])[0][:, -1])


class CharacterReader(nn.Module):
    """Dive into Deep Learning, 9.6: one-hot characters, an RNN, a score for each character at each place."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.linear = nn.RNN(28, 32, batch_first=True), nn.Linear(32, 28)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(self.rnn(F.one_hot(x, 28).float())[0])


def dcgan_generator() -> nn.Sequential:
    """Dive into Deep Learning, 20.2.2."""
    layers, inside = [], 100
    for outside, stride, padding in ((512, 1, 0), (256, 2, 1), (128, 2, 1), (64, 2, 1)):
        layers += [nn.ConvTranspose2d(inside, outside, 4, stride, padding, bias=False), nn.BatchNorm2d(outside),
                   nn.ReLU()]
        inside = outside
    return nn.Sequential(*layers, nn.ConvTranspose2d(64, 3, 4, 2, 1, bias=False), nn.Tanh())


def dcgan_discriminator() -> nn.Sequential:
    """Dive into Deep Learning, 20.2.3."""
    layers, inside = [], 3
    for outside in (64, 128, 256, 512):
        layers += [nn.Conv2d(inside, outside, 4, 2, 1, bias=False), nn.BatchNorm2d(outside), nn.LeakyReLU(0.2)]
        inside = outside
    return nn.Sequential(*layers, nn.Conv2d(512, 1, 4, bias=False))


def fcn_resnet18() -> nn.Sequential:
    """Dive into Deep Learning, 14.11.1, for 21 classes."""
    body = torchvision.models.resnet18()
    return nn.Sequential(*list(body.children())[:-2], nn.Conv2d(512, 21, 1),
                         nn.ConvTranspose2d(21, 21, 64, padding=16, stride=32))


class CausalBlock(nn.Module):
    """A pre-norm transformer block with four heads; each token sees those before it (Karpathy, minGPT)."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(features)
        self.query, self.key, self.value, self.out = (nn.Linear(features, features) for _ in range(4))
        self.norm2 = nn.LayerNorm(features)
        self.wide, self.narrow = nn.Linear(features, 4 * features), nn.Linear(4 * features, features)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm1(x)
        q, k, v = (layer(y).unflatten(2, (4, -1)).transpose(1, 2) for layer in (self.query, self.key, self.value))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).flatten(2))
        return x + self.narrow(F.gelu(self.wide(self.norm2(x))))


class CharacterTransformer(nn.Module):
    """Four such blocks over 64 of 28 characters."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.positions = nn.Embedding(28, 128), nn.Embedding(64, 128)
        self.blocks = nn.Sequential(*(CausalBlock(128) for _ in range(4)))
        self.norm, self.linear = nn.LayerNorm(128), nn.Linear(128, 28)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(self.norm(self.blocks(self.embedding(x) + self.positions.weight)))


class Straightened(nn.Module):
    """A convolutional network behind a spatial transformer. Jaderberg et al. 2015, section 3."""

    def __init__(self) -> None:
        super().__init__()
        self.localization = nn.Sequential(
            nn.Conv2d(1, 8, 5, 2, 2), nn.ReLU(), nn.Conv2d(8, 8, 5, 2, 2), nn.ReLU(), nn.AdaptiveAvgPool2d(4),
            nn.Flatten(), nn.Linear(128, 32), nn.ReLU(), nn.Linear(32, 6))
        self.body = nn.Sequential(
            nn.Conv2d(1, 10, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(10, 20, 5), nn.MaxPool2d(2), nn.ReLU(),
            nn.Flatten(), nn.Linear(320, 50), nn.ReLU(), nn.Linear(50, 10))

    def forward(self, x: Tensor) -> Tensor:
        grid = F.affine_grid(self.localization(x).view(-1, 2, 3), x.shape, align_corners=False)
        return self.body(F.grid_sample(x, grid, align_corners=False))


class Step(nn.Module):
    """1 above zero, 0 elsewhere."""

    def forward(self, x: Tensor) -> Tensor:
        return (x > 0).float()
