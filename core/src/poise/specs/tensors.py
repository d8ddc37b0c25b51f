"""The version of the contract, and the types that its functions take and return."""

from __future__ import annotations

from typing import Any

API = 2
"""The version of this contract. The spec of a plugin has the version that it was written for.

It increases when Poise would misunderstand a plugin for the version before. Since version 2,
``BackboneSpec.stacks`` and ``encoders`` replace configuration fields of these names.
"""

Tensor = Any
"""A Keras tensor. ``Any`` because this module must not import Keras."""

Image = tuple[int | None, int | None, int]
"""Height, width (pixels, ``None`` for any) and channels of the model's input."""

Features = dict[int, Tensor]
"""Stride (input pixels per cell) → features ``(N, H/stride, W/stride, C)``."""
