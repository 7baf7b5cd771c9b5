"""Values that both the harness page and the tests know."""

import numpy as np

NUMBERS = (0, 0.5, -0.1234567, 12345.678, 123456.7, 1234567.0, 2.5e7, -3.14159e-5, 0.00012345, 61706, 1e-30, 3e38)


def wave(count: int, height: int, width: int, seed: int = 0) -> np.ndarray:
    """Maps that look like feature maps, the same on every machine."""
    y, x = np.mgrid[:height, :width]
    turns = np.arange(count)[:, None, None] + seed
    return (np.sin(x * (0.2 + turns * 0.03) + y * np.cos(turns) * 0.3) * (1 + turns % 5 * 0.3)).astype(np.float32)
