"""The core's own environment must really be without Keras, or its tests show nothing."""

from __future__ import annotations

import importlib.util
import os

import pytest

pytestmark = pytest.mark.skipif(
    os.environ.get("POISE_EXPECT_NO_KERAS") != "1",
    reason="only `tox -e core` promises an environment without Keras (POISE_EXPECT_NO_KERAS=1)",
)


@pytest.mark.parametrize("package", ["keras", "tensorflow", "jax", "torch"])
def test_the_core_environment_has_no(package: str) -> None:
    assert importlib.util.find_spec(package) is None


def test_the_core_environment_has_no_plugin() -> None:
    from importlib.metadata import entry_points

    installed = entry_points(group="poise.backbones") + entry_points(group="poise.heads")

    assert [entry.value for entry in installed] == []
