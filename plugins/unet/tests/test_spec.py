"""What the plugin tells the registry."""

from __future__ import annotations

import subprocess
import sys

import attrs
import pytest

import poise_unet


def test_it_provides_the_key_unet_with_a_summary_and_its_paper(spec):
    assert spec.key == "unet"
    assert spec.config is poise_unet.UNetConfig
    assert len(spec.summary) <= 80
    assert "Ronneberger" in spec.paper
    assert "2015" in spec.paper


def test_image_sizes_are_multiples_of_max_stride_whatever_the_stem(spec):
    assert spec.max_stride(poise_unet.UNetConfig(max_stride=32, stem_stride=4)) == 32


def test_the_examples_reach_every_field(spec):
    default = poise_unet.UNetConfig()
    for field in attrs.fields_dict(poise_unet.UNetConfig):
        assert any(
            getattr(example, field) != getattr(default, field) for example in spec.examples.values()
        ), field


@pytest.mark.parametrize("module", ["poise_unet", "poise_unet.config"])
def test_looking_at_the_plugin_imports_no_keras(module):
    program = (
        f"import sys, {module}; poise_unet = sys.modules['poise_unet'];"
        "poise_unet.poise_backbones();"
        "print(sorted({'keras', 'tensorflow', 'jax', 'torch', 'h5py'} & set(sys.modules)))"
    )
    actual = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert actual.stdout.strip() == "[]"
