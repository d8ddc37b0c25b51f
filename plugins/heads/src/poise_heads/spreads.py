"""Spreads of Gaussians that float32 can compute with. This module does not need Keras."""

from __future__ import annotations

NARROWEST, WIDEST = 1e-15, 1e15
"""Spreads in pixels beyond which float32 resolves no difference, but no longer holds squares."""


def bounded(sigma: float) -> float:
    """A spread that float32 can compute with; its maps are those of the spread itself."""
    return float(min(max(sigma, NARROWEST), WIDEST))
