"""The tables that `poise build` prints of a model."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

import poise
from poise.cli._summary import print_summary
from poise.testing import registry_of, using

pytestmark = pytest.mark.usefixtures("keras")


@attrs.frozen(kw_only=True)
class SharingConfig:
    """A backbone without fields."""


def sharing(config: SharingConfig, image: Any) -> Any:
    from keras import layers, ops

    same = layers.Conv2D(1, 3, padding="same", name="same_conv")
    pooled = ops.max_pool(ops.relu(same(same(image))), 2)
    return [{2: layers.Conv2D(4, 3, padding="same", name="last_conv")(pooled)}]


def test_layers_that_are_shared_and_operations_without_a_layer_are_no_obstacle(
    capsys: pytest.CaptureFixture[str],
) -> None:
    spec = poise.BackboneSpec(
        key="sharing",
        config=SharingConfig,
        build=sharing,
        max_stride=lambda config: 2,
        output_stride=lambda config: 2,
        summary="Made up",
    )
    with using(registry_of(spec, poise.heads["single_instance"])):
        config = poise.ModelConfig(
            backbone=SharingConfig(),
            heads=poise.heads["single_instance"].config(part_names=("a",), output_stride=2),
        )
        model = poise.build(config, (None, 32, 1))

    print_summary(model)

    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["same", "1", "1", "1", "10"] in rows
    assert ["last", "1", "1", "2", "40"] in rows
