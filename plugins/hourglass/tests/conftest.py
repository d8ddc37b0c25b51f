"""Networks to look at."""

from __future__ import annotations

import pytest

from poise_hourglass import poise_backbones
from stacked import backbone, grow

__all__ = ["backbone", "grow"]


@pytest.fixture(scope="session")
def spec():
    """What the plugin's hook returns for its one key."""
    (only,) = poise_backbones()
    return only
