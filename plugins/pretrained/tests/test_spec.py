"""What the plugin tells the registry."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import attrs
import pytest

import poise_pretrained
from poise.weights.old_names import with_ranks
from poise_pretrained.encoders import encoders
from poise_pretrained.names import ENCODERS
from poise_pretrained.weights import manifest


def test_there_is_an_encoder_of_each_documented_name():
    assert tuple(encoders()) == ENCODERS
    assert len(ENCODERS) == 32


def test_each_has_an_entry_point():
    project = Path(__file__).resolve().parents[1] / "pyproject.toml"
    entry_points = tomllib.loads(project.read_text("utf-8"))["project"]["entry-points"]

    assert tuple(entry_points["poise.encoders"]) == ENCODERS


def test_each_has_a_summary_a_paper_and_weights_with_a_license():
    for name, spec in encoders().items():
        published = spec.pretrained()
        assert spec.key == name
        assert spec.summary
        assert spec.paper.endswith(tuple("0123456789"))
        assert published.url.startswith("https://")
        assert published.url.endswith(published.file)
        assert "MIT" in published.license or "Apache" in published.license


@pytest.mark.parametrize("name", ENCODERS)
def test_what_is_published_is_what_the_original_loads(shared, name):
    fact = json.loads((shared / "spec" / "encoder_weights.json").read_text("utf-8"))
    fact = fact["encoders"][name]
    published = encoders()[name].pretrained()
    assert published.file == fact["file"]
    assert published.url == fact["url"]
    stated = fact["hash"]
    assert published.checksum == (f"{stated['algorithm']}:{stated['value']}" if stated else "")
    assert published.size == fact["float32_payload_bytes"]
    assert fact["licence"]["repository"].replace("null", "not stated") in published.license
    assert manifest()[name]["preprocessing"] == fact["preprocessing"]["name"]


def test_weights_have_a_checksum_except_the_two_without_a_published_one():
    assert {name for name, entry in manifest().items() if not entry["checksum"]} == {
        "mobilenet",
        "mobilenetv2",
    }


def test_no_two_encoders_share_the_name_of_their_weights(spec):
    names = [published.name for published in spec.published()]
    assert len(names) == len(set(names)) == 32


@pytest.mark.parametrize(
    ("name", "kind"),
    [("vgg16", "caffe"), ("resnet18", "identity"), ("senet154", "torch"), ("mobilenet", "tf")],
)
def test_the_normalization_is_the_one_that_the_weights_were_trained_with(name, kind):
    normalization = encoders()[name].normalization
    white = [
        (normalization.scale - mean) / std
        for mean, std in zip(normalization.mean, normalization.std, strict=True)
    ]
    expected = {
        "caffe": [151.061, 138.221, 131.32],  # 255 minus the means of blue, green, red
        "identity": [255, 255, 255],
        "tf": [1, 1, 1],
        "torch": [2.2489, 2.4286, 2.64],
    }
    assert white == pytest.approx(expected[kind], rel=1e-4)
    assert normalization.reverse == (kind == "caffe")


def test_old_names_are_ranks_that_leave_no_gap():
    for name, spec in encoders().items():
        olds = [old for olds in spec.old_names().values() for old in olds if "#" in old]
        assert with_ranks([], olds) == []
        for stem in {old.partition("#")[0] for old in olds}:
            ranks = sorted(int(old.partition("#")[2]) for old in olds if old.startswith(stem))
            assert ranks == list(range(len(ranks))), name


def test_the_examples_reach_every_field(spec):
    default = poise_pretrained.PretrainedEncoderConfig()
    for field in attrs.fields_dict(poise_pretrained.PretrainedEncoderConfig):
        assert any(
            getattr(example, field) != getattr(default, field) for example in spec.examples.values()
        ), field


@pytest.mark.parametrize("module", ["poise_pretrained", "poise_pretrained.encoders"])
def test_looking_at_the_plugin_imports_no_keras(module):
    program = (
        f"import sys, {module}; poise_pretrained = sys.modules['poise_pretrained'];"
        "poise_pretrained.poise_backbones();"
        "[spec.pretrained() for spec in poise_pretrained.poise_encoders()];"
        "print(sorted({'keras', 'tensorflow', 'jax', 'torch', 'h5py'} & set(sys.modules)))"
    )
    actual = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert actual.stdout.strip() == "[]"
