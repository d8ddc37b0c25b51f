"""What Poise adds to pytest: the option of ``pytest --pyargs poise.testing``.

pytest imports this module whenever it starts in an environment with Poise, so that it
imports nothing at its top that is not there already.
"""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--poise-key``."""
    group = parser.getgroup("poise", "conformance of backbones and heads with Poise")
    group.addoption(
        "--poise-key",
        action="append",
        default=[],
        metavar="KEY",
        help="with `--pyargs poise.testing`: check the installed backbone or head of this key; "
        "may be given several times",
    )
