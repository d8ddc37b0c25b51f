"""What a configuration may hold, and what is known without KerasHub."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import attrs
import pytest

from poise import ConfigError
from poise_keras_hub import KerasHubConfig
from poise_keras_hub.presets import PRESETS
from poise_keras_hub.variants import VARIANTS

LOOK = """
import contextlib, io, json, sys
from poise.cli import main
commands = (["list"], ["show", "keras_hub"], ["weights", "list"], ["check", sys.argv[1]])
with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(out):
    codes = [main(command) for command in commands]
said = out.getvalue()
heavy = ("keras", "keras_hub", "tensorflow", "h5py")
print(json.dumps([codes, said, [name for name in heavy if name in sys.modules]]))
"""


def test_the_fields_and_their_defaults():
    assert attrs.asdict(KerasHubConfig()) == {
        "variant": "resnet_18",
        "weights": None,
        "normalization": "imagenet",
        "decoder_filters": 256,
        "decoder_filters_rate": 1.0,
        "output_stride": 2,
        "decoder_batchnorm": True,
    }


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"variant": "resnet_19"}, "found 'resnet_19'; did you mean 'resnet_18'? @ variant"),
        ({"variant": "dinov2"}, "must be one of the known names, found 'dinov2'"),
        ({"weights": "resnet_50_imagnet"}, "did you mean 'resnet_50_imagenet'?"),
        ({"weights": 3}, "must be null, the name of a preset, or the path of"),
        (
            {"weights": "mit_b0_ade20k_512"},
            "must be weights for this variant, found 'mit_b0_ade20k_512'; these are for 'mit_b0'",
        ),
        ({"normalization": "caffe"}, "must be one of 'imagenet', 'unit', 'signed', 'pixels'"),
        ({"output_stride": 32}, "must be at most 16, found 32"),
        ({"decoder_filters_rate": 0.1}, "stage 3 has int(256 · 0.1^3)"),
    ],
)
def test_a_value_outside_its_domain_is_refused_with_what_would_do(fields, message):
    with pytest.raises(ConfigError, match=re.escape(message)):
        KerasHubConfig(**fields)


@pytest.mark.parametrize("path", ["weights/mine", "./folder", "mine.weights.h5", "old.h5"])
def test_weights_may_be_any_path(path):
    assert KerasHubConfig(weights=path).weights == path


def test_every_preset_is_for_a_variant_of_the_table():
    assert {preset.variant for preset in PRESETS.values()} <= set(VARIANTS)
    assert all(name.startswith(preset.variant) for name, preset in PRESETS.items())


def test_listing_showing_and_checking_import_no_library(tmp_path):
    file = tmp_path / "model.json"
    file.write_text(json.dumps({"backbone": {"keras_hub": {"variant": "mit_b00"}}}))
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    codes, said, heavy = json.loads(done.stdout)
    assert codes == [0, 0, 0, 1], said
    assert "found 'mit_b00'; did you mean 'mit_b0'? @ backbone.keras_hub.variant" in said
    assert "decoder_filters_rate" in said
    assert f"keras_hub-{next(iter(PRESETS))}" in said
    assert heavy == []
