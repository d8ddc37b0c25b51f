"""What the plugin tells the registry."""

from __future__ import annotations

import subprocess
import sys

import pytest

import poise_resnet
from poise.specs import BackboneSpec
from poise_resnet import ResNetConfig, UpsamplingConfig


def test_it_provides_the_key_resnet_with_a_summary_and_its_paper(spec: BackboneSpec) -> None:
    assert spec.key == "resnet"
    assert spec.config is ResNetConfig
    assert len(spec.summary) <= 80
    assert "He, Zhang, Ren, Sun" in str(spec.paper)


def test_a_head_above_the_end_is_told_how_to_use_all_of_the_network(spec: BackboneSpec) -> None:
    assert spec.notes is not None
    (note,) = spec.notes(ResNetConfig())
    assert "a head of stride 4 uses no more of the network than" in note
    assert "max_stride 4" in note
    assert not spec.notes(ResNetConfig(upsampling=UpsamplingConfig()))
    assert not spec.notes(ResNetConfig(output_stride=32))


@pytest.mark.parametrize("module", ["config", "differences", "strides", "imagenet"])
def test_looking_at_the_plugin_imports_no_keras(module: str) -> None:
    program = (
        f"import sys, poise_resnet.{module}; poise_resnet = sys.modules['poise_resnet'];"
        "[spec.pretrained(spec.config()) for spec in poise_resnet.poise_backbones()];"
        "print(sorted({'keras', 'tensorflow', 'jax', 'torch', 'h5py'} & set(sys.modules)))"
    )
    actual = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert actual.stdout.strip() == "[]"


def test_the_documented_classes_are_at_the_top() -> None:
    assert set(poise_resnet.__all__) == {"ResNetConfig", "UpsamplingConfig"}
