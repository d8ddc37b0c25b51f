"""A registry with a made-up backbone and head, and with exporters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import pytest

import poise
from poise import registry
from poise.errors import Fault
from poise.testing import registry_of
from poise_workflows.exporting import ExporterSpec
from poise_workflows.exporting.plugin import poise_exporters


def _only_unets(readings: Any) -> Iterator[Fault]:
    for reading in readings:
        if reading.config.backbone.which_oneof_attrib_name() != "unet":
            yield Fault("must be a U-Net, got plain", "model.backbone")


def strict() -> ExporterSpec:
    """An exporter of a format that cannot have much."""
    (ours,) = [spec for spec in poise_exporters() if spec.key == "saved_model"]
    return attrs.evolve(
        ours, key="strict", check=_only_unets, takes_points=False, takes_shapes=False
    )


@pytest.fixture
def made_up_with_exporters(made_up: None) -> Iterator[None]:
    """The registry of ``made_up``, with Poise's exporters and a strict one."""
    networks = [poise.backbones["plain"], poise.heads["cells"]]
    registry.reset(registry_of(*networks, *poise_exporters(), strict()))
    yield
    registry.reset()
