"""What a configuration may hold."""

from __future__ import annotations

import re

import attrs
import pytest

from poise import ConfigError, EncoderSpec, hookimpl, registry
from poise_pretrained import PretrainedEncoderConfig


def test_the_fields_are_sleaps_with_its_defaults():
    assert attrs.asdict(PretrainedEncoderConfig()) == {
        "encoder": "efficientnetb0",
        "pretrained": True,
        "decoder_filters": 256,
        "decoder_filters_rate": 1.0,
        "output_stride": 2,
        "decoder_batchnorm": True,
    }


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("encoder", "resnet19", "got 'resnet19'; did you mean 'resnet18'? @ encoder"),
        ("encoder", "efficientnet-b0", "did you mean 'efficientnetb0'?"),
        ("encoder", 18, "must be the name of an installed encoder, got 18"),
        ("output_stride", 32, "must be at most 16, got 32"),
        ("output_stride", 3, "must be a power of two ≥ 1, got 3; did you mean 2 or 4?"),
        ("decoder_filters", 0, "must be an integer ≥ 1, got 0"),
        ("decoder_filters_rate", 0.0, "must be a number > 0, got 0.0"),
        ("decoder_filters_rate", 0.1, "stage 3 has int(256 · 0.1^3)"),
        ("pretrained", 1, "must be true or false, got 1"),
    ],
)
def test_a_value_outside_its_domain_is_refused_with_a_suggestion(field, value, message):
    with pytest.raises(ConfigError, match=re.escape(message)):
        PretrainedEncoderConfig(**{field: value})


def test_a_rate_may_thin_stages_that_are_not_there():
    assert PretrainedEncoderConfig(decoder_filters_rate=0.1, output_stride=8).output_stride == 8


def test_a_third_party_encoder_works_as_the_first_32_do(keras, spec):
    def build(image):
        x, features = image, {}
        for stride in (2, 4, 8):
            x = features[stride] = keras.layers.Conv2D(
                stride, 3, strides=2, padding="same", name=f"down{stride}"
            )(x)
        return features

    class Plugin:
        @hookimpl
        def poise_encoders(self):
            return [EncoderSpec(key="threesteps", build=build, max_stride=8)]

    import poise_pretrained

    registry.reset(registry.Registry(plugins=[poise_pretrained, Plugin()]))
    config = PretrainedEncoderConfig(encoder="threesteps", decoder_filters=4, output_stride=1)
    (features,) = spec.build(config, keras.Input((24, 40, 2)))

    assert spec.max_stride(config) == 8
    assert spec.pretrained(config) is None
    assert {stride: tuple(tensor.shape[1:]) for stride, tensor in features.items()} == {
        4: (6, 10, 4),
        2: (12, 20, 4),
        1: (24, 40, 4),
    }
