"""Tests shared by all plugins that take their networks from a library.

A plugin's ``conftest.py`` imports the fixtures of ``libraries.fixtures`` and defines the fixtures
``plugin`` and ``library``. Its test modules derive from the classes here and set their
attributes::

    class TestBuilding(Building):
        library = LIBRARY
        small = ("resnet18", "mit_b0")

Such a class has its parametrization in ``cases``: a test that takes an argument of that name runs
once for each of the values.
"""

import pytest

pytest.register_assert_rewrite(
    "libraries.building", "libraries.configurations", "libraries.conformance", "libraries.files"
)

from libraries.building import Building  # noqa: E402
from libraries.cases import slow_unless  # noqa: E402
from libraries.configurations import Configurations  # noqa: E402
from libraries.conformance import Conformance  # noqa: E402
from libraries.files import Files, deepest, features_of  # noqa: E402

__all__ = [
    "Building",
    "Configurations",
    "Conformance",
    "Files",
    "deepest",
    "features_of",
    "slow_unless",
]
