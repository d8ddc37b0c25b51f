"""What is known of versions of Keras. Imports no Keras."""

from __future__ import annotations

EXACT_ON_TORCH = (3, 15)
"""The first Keras whose transposed convolutions on PyTorch are those of their definition.

Before, those of kernel 3 and stride 2 are shifted by a pixel there.
"""


def version_of(series: tuple[int, ...]) -> str:
    """``(3, 15)`` → ``3.15``."""
    return ".".join(map(str, series))
