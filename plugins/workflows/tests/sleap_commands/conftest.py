"""Poses to draw, as for ``poise render``."""

from __future__ import annotations

from ..rendering.conftest import poses  # noqa: TID252  # the same fixture

__all__ = ["poses"]
