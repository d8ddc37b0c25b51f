"""Networks to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from poise import editions
from poise.specs import BackboneSpec
from poise_resnet import ResNetConfig, poise_backbones


@pytest.fixture(scope="session")
def spec() -> BackboneSpec:
    """What the plugin's hook returns for its one key."""
    (resnet,) = poise_backbones()
    return resnet


@pytest.fixture
def grow(keras: Any, spec: BackboneSpec) -> Iterator[Callable[..., Any]]:
    """``grow(config, image, edition)`` → the input tensor and the features by stride.

    Instead of a configuration, its fields may be given.
    """

    def grow(
        config: ResNetConfig | None = None,
        image: tuple[int | None, int | None, int] = (64, 64, 1),
        edition: editions.Edition = editions.DOCUMENTED,
        **fields: Any,
    ) -> Any:
        with editions.edition(edition):
            config = config or ResNetConfig(**{"weights": "random", **fields})
            entry = keras.Input(image, name="input")
            (features,) = spec.build(config, entry)
        return entry, features

    yield grow
    keras.backend.clear_session()


@pytest.fixture
def encoder(keras: Any, grow: Callable[..., Any]) -> Callable[..., Any]:
    """``encoder(…)`` as ``grow`` → the whole encoder as a model; its end is the output."""

    def encoder(max_stride: int = 32, **given: Any) -> Any:
        entry, features = grow(max_stride=max_stride, output_stride=max_stride, **given)
        return keras.Model(entry, features[max_stride])

    return encoder


@pytest.fixture
def made_by() -> Callable[[Any], str]:
    """The name of the layer that made a tensor."""
    return lambda tensor: str(tensor._keras_history.operation.name)
