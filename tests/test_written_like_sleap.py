"""Poise writes the same bytes as SLEAP: keys, order, nulls, layout."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import poise
from poise import ModelConfig

DATA = Path(__file__).parent / "data"
SECTIONS = {
    f"{file.stem}-{name}": case["config"]
    for file in sorted((DATA / "golden").glob("*.json"))
    for name, case in json.loads(file.read_text(encoding="utf-8")).items()
    if isinstance(case, dict) and "config" in case
}
ODD = json.loads((DATA / "sleap_structure/cases.json").read_text(encoding="utf-8"))

pytestmark = pytest.mark.filterwarnings("ignore::poise.PluginNotInstalledWarning")


def as_read_again(text: str) -> str:
    """SLEAP writes its default rate as 2, and as 2.0 when it has read that."""
    return re.sub(r'(_rate": )(\d+)(,?)$', r"\1\2.0\3", text, flags=re.MULTILINE)


@pytest.mark.parametrize("name", SECTIONS)
def test_a_model_section_of_sleap_is_written_as_sleap_wrote_it(name):
    written = json.dumps(SECTIONS[name], indent=4)

    assert ModelConfig.from_json(written).to_json() == as_read_again(written)


@pytest.mark.parametrize("name", SECTIONS)
def test_a_model_section_of_sleap_survives_without_its_plugins(name, monkeypatch):
    written = json.dumps(SECTIONS[name], indent=4)
    poise.registry.reset(poise.Registry(plugins=[]))
    try:
        assert ModelConfig.from_json(written).to_json() == written
        assert ModelConfig.from_yaml(ModelConfig.from_json(written).to_yaml()).to_json() == written
    finally:
        poise.registry.reset()


STRICT = {  # SLEAP accepts it silently, the strict reader refuses it
    "unknown_top_key": "model.foo",
    "numeric_strings": "model.backbone.unet.max_stride",
    "bool_strings": "model.backbone.unet.middle_block",
    "paf_edges_triple": "model.heads.multi_instance.pafs.edges[0]",
    "paf_edges_single": "model.heads.multi_instance.pafs.edges[0]",
    "part_names_string": "model.heads.single_instance.part_names",
    "base_checkpoint_number": "model.base_checkpoint",
    "filters_negative": "model.backbone.unet.filters",
    "encoder_bad_name": "model.backbone.pretrained_encoder.encoder",
    "resnet_upsampling_legacy_conv_batchnorm": "model.backbone.resnet.upsampling.conv_batchnorm",
}


def installed(case) -> bool:
    return all(
        key in specs
        for member, specs in (("backbone", poise.backbones), ("heads", poise.heads))
        for key in case["input"].get(member) or ()
    )


@pytest.mark.parametrize("name", [name for name, case in ODD.items() if installed(case)])
def test_an_odd_section_is_written_as_sleap_does_or_refused_with_its_path(name):
    case = ODD[name]
    # Without it, a section that lacks members of SLEAP's one-of objects is none of SLEAP's.
    data = {**case["input"], "edition": "sleap-1.4"}
    if name in STRICT or isinstance(case["sleap"], str):
        with pytest.raises(poise.ConfigError) as error:
            ModelConfig.from_data(data)
        assert STRICT.get(name, "model") in " ".join(fault.path for fault in error.value.faults)
    else:
        read = ModelConfig.from_data(data)
        assert as_read_again(read.to_json()) == as_read_again(json.dumps(case["sleap"], indent=4))


def test_a_configuration_made_in_python_has_sleap_s_defaults(golden):
    defaults = json.loads((golden / "config/defaults_defaults.json").read_text(encoding="utf-8"))
    config = ModelConfig(edition="sleap-1.4")

    assert config.to_data() == defaults["ModelConfig"]["defaults"]
    for name, expected in defaults.items():
        section = poise.registry.documented.CLASS_NAMES.get(name)
        if section is None or section.key not in {*poise.backbones, *poise.heads}:
            continue
        cls = getattr(poise, name)
        assert json.dumps(poise.wire.structure.unstructure(cls())) == json.dumps(
            expected["defaults"]
        ), name
