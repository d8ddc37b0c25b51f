"""What the plugin's hook returns."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys

import attrs
import pytest

from poise.specs import API
from poise_heads import poise_heads

SPECS = {spec.key: spec for spec in poise_heads()}
EXAMPLES = [(key, name) for key, spec in SPECS.items() for name in spec.examples]


def test_the_first_six_head_types_are_sleaps_in_its_order() -> None:
    # SLEAP's six come first; head types of Poise's own may follow them.
    assert list(SPECS)[:6] == [
        "single_instance",
        "centroid",
        "centered_instance",
        "multi_instance",
        "multi_class_bottomup",
        "multi_class_topdown",
    ]


def test_each_of_sleaps_head_types_says_what_it_sees() -> None:
    assert {key: spec.stage for key, spec in list(SPECS.items())[:6]} == {
        "single_instance": "image",
        "centroid": "centroid",
        "centered_instance": "crop",
        "multi_instance": "image",
        "multi_class_bottomup": "image",
        "multi_class_topdown": "crop",
    }


@pytest.mark.parametrize("key", SPECS)
def test_a_spec_says_what_a_listing_needs(key: str) -> None:
    spec = SPECS[key]
    assert attrs.has(spec.config)
    assert spec.api == API
    assert spec.examples
    assert 0 < len(spec.summary) <= 80
    assert "\n" not in spec.summary


@pytest.mark.parametrize(("key", "name"), EXAMPLES)
def test_an_example_needs_neither_skeleton_nor_classes(key: str, name: str) -> None:
    config = SPECS[key].examples[name]
    outputs = SPECS[key].outputs(config, None, None)
    assert isinstance(config, SPECS[key].config)
    assert outputs[0].name == "confmaps"
    assert len({output.name for output in outputs}) == len(outputs)


@pytest.mark.parametrize("key", SPECS)
def test_the_decoder_of_a_spec_documents_each_of_its_options(key: str) -> None:
    decode = SPECS[key].decode
    assert decode is not None
    parameters = inspect.signature(decode).parameters.values()
    options = [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]
    documented = re.findall(r"^    (\w+): ", inspect.getdoc(decode) or "", re.MULTILINE)
    assert documented == ["config", "predictions", *options]


HEAVY = {"keras", "scipy", "tensorflow", "jax", "torch", "h5py"}


def test_keras_and_scipy_stay_out_until_something_is_built() -> None:
    code = (
        "import sys, poise_heads\n"
        "for spec in poise_heads.poise_heads():\n"
        "    for config in spec.examples.values():\n"
        "        spec.outputs(spec.resolve(config, None, None), None, None)\n"
        f"print(*sorted({HEAVY} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
