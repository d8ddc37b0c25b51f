"""The version of the contract, and what its functions take and return."""

from __future__ import annotations

from typing import Any

API = 2
"""The version of this contract. A plugin's spec carries the one that it was written for.

It goes up when a plugin that was written for the version before would be misunderstood:
since 2, ``BackboneSpec.stacks`` and ``encoders`` say what fields of these names said.
"""

Tensor = Any
"""A Keras tensor. ``Any`` because this module must not import Keras."""

Image = tuple[int | None, int | None, int]
"""Height, width (pixels, ``None`` for any) and channels of the model's input."""

Features = dict[int, Tensor]
"""Stride (input pixels per cell) → features ``(N, H/stride, W/stride, C)``."""
