"""What a network that says the next token writes when its own words are read back to it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from explorer.hooks import in_mode


def next_token_logits(model: nn.Module, tokens: Sequence[int], length: int) -> Tensor:
    """What it says comes after these tokens, in evaluation mode: (class,) logits.

    It reads the last `length` of them. Fewer stand at the beginning of what it reads, and what it says behind the last
    of them is taken: that is right for networks in which no token sees a later one, as all that write must be.
    Raises ValueError where there is no token.
    """
    read = list(tokens)[-length:]
    if not read:
        raise ValueError("a network needs a token to go on from")
    device = next(model.parameters()).device
    padded = torch.tensor([read + [0] * (length - len(read))], device=device)
    with torch.no_grad(), in_mode(model, training=False):
        return model(padded)[0, len(read) - 1].float()


def write_on(model: nn.Module, prompt: Sequence[int], count: int, length: int, temperature: float,
             seed: int = 0) -> list[int]:
    """`count` tokens after a prompt, each drawn with the probabilities softmax(logits / temperature).

    temperature: 1 draws as the network says, less keeps to what is likely, 0 takes the likeliest each time.
    length: how many tokens the network reads. The same seed writes the same. Source: Dive into Deep Learning, 9.5.
    """
    generator, tokens = torch.Generator().manual_seed(seed), list(prompt)
    for _ in range(count):
        logits = next_token_logits(model, tokens, length).cpu().double()
        if temperature == 0 or not logits.isfinite().all():
            tokens.append(int(logits.nan_to_num(-torch.inf).argmax()))
        else:
            odds = (logits / temperature).softmax(0)
            tokens.append(int(torch.multinomial(odds, 1, generator=generator)))
    return tokens[len(prompt):]
