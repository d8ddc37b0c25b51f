"""What the plugin tells the registry."""

from __future__ import annotations

import subprocess
import sys

import attrs
import pytest

import poise_leap


def test_it_provides_the_key_leap_with_a_summary_and_its_paper(spec):
    assert spec.key == "leap"
    assert spec.config is poise_leap.LEAPConfig
    assert len(spec.summary) <= 80
    assert "Pereira" in spec.paper
    assert "2019" in spec.paper


def test_the_examples_reach_every_field(spec):
    default = poise_leap.LEAPConfig()
    for field in attrs.fields_dict(poise_leap.LEAPConfig):
        assert any(
            getattr(example, field) != getattr(default, field) for example in spec.examples.values()
        ), field


@pytest.mark.parametrize("module", ["poise_leap", "poise_leap.config"])
def test_looking_at_the_plugin_imports_no_keras(module):
    program = (
        f"import sys, {module}; poise_leap = sys.modules['poise_leap'];"
        "poise_leap.poise_backbones();"
        "print(sorted({'keras', 'tensorflow', 'jax', 'torch', 'h5py'} & set(sys.modules)))"
    )
    actual = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert actual.stdout.strip() == "[]"
