"""Text continued by a network that predicts the next token and reads back what it wrote. No torch at import."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from explorer.tasks.base_learner import Predict

if TYPE_CHECKING:
    from torch import Tensor


def next_token_logits(predict: Predict, tokens: Sequence[int], length: int) -> Tensor:
    """Compute the logits of what comes after these tokens: (class,).

    predict: the network in evaluation mode, from tokens (1, length) to logits (1, length, class) on the CPU; the last
    `length` tokens are read. Fewer are padded at the end, and the logits at the last of them count: that is right where
    no token sees a later one, as in every network that generates text. Raises ValueError where there is no token.
    """
    import torch

    read = list(tokens)[-length:]
    if not read:
        raise ValueError("a network needs a token to continue from")
    padded = torch.tensor([read + [0] * (length - len(read))])
    return predict(padded)[0, len(read) - 1].float()


def continue_text(predict: Predict, prompt: Sequence[int], count: int, length: int, temperature: float,
                  seed: int = 0) -> list[int]:
    """Draw `count` tokens after a prompt, each with the probabilities softmax(logits / temperature).

    temperature: 1 draws with the network's own probabilities, less prefers the likely, 0 takes the likeliest.
    length: how many tokens the network reads. The same seed gives the same text. Source: Dive into Deep Learning, 9.5.
    """
    import torch

    generator, tokens = torch.Generator().manual_seed(seed), list(prompt)
    for _ in range(count):
        logits = next_token_logits(predict, tokens, length).cpu().double()
        if temperature == 0 or not logits.isfinite().all():
            tokens.append(int(logits.nan_to_num(-torch.inf).argmax()))
        else:
            odds = (logits / temperature).softmax(0)
            tokens.append(int(torch.multinomial(odds, 1, generator=generator)))
    return tokens[len(prompt):]
