"""Poise's pytest plugin: the option of ``pytest --pyargs poise.testing``.

pytest imports this module in every environment with Poise. Its top therefore imports only
pytest, which is loaded already.
"""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--poise-key``."""
    group = parser.getgroup("poise", "conformance of backbones, heads and encoders with Poise")
    group.addoption(
        "--poise-key",
        action="append",
        default=[],
        metavar="KEY",
        help="with `--pyargs poise.testing`: check the installed backbone, head or "
        "encoder with this key; repeatable",
    )
