"""Which models SLEAP 1.4 has, and why it has no others. Does not need Keras."""

from __future__ import annotations

from collections.abc import Iterator

from poise import ModelConfig
from poise.config import UninstalledSection
from poise.errors import Fault
from poise.messages import join_names
from poise.registry import documented
from poise.sleap.versions import backbone_spec
from poise_workflows.exporting.sleap.encoders import ENCODERS

BACKBONES, HEADS = documented.keys("backbone"), documented.keys("head")
OTHERS = "export it as onnx, saved_model or frozen_graph instead"


def faults_of(config: ModelConfig) -> Iterator[Fault]:
    """Why SLEAP 1.4 cannot have a model of this configuration; nothing if it can."""
    backbone = config.backbone.which_oneof_attrib_name()
    head = config.heads.which_oneof_attrib_name()
    for key, known, path in ((backbone, BACKBONES, "backbone"), (head, HEADS, "heads")):
        if key is not None and key not in known:
            what = f"must be one of SLEAP 1.4's ({join_names(known)}), got {key!r}; {OTHERS}"
            yield Fault(what, f"model.{path}")
    section = config.backbone.which_oneof()
    if backbone not in BACKBONES or isinstance(section, UninstalledSection):
        return
    spec = backbone_spec(config)
    assert spec is not None  # it is installed
    for encoder in spec.encoders(section):
        if encoder not in ENCODERS:
            what = f"must be an encoder of SLEAP 1.4, got {encoder!r}, which is another plugin's"
            yield Fault(f"{what}; {OTHERS}", f"model.backbone.{backbone}.encoder")
    stacks = spec.stacks(section)
    if stacks > 1:
        what = (
            f"must be 1, got {stacks}: SLEAP 1.4 builds no heads on several stacks, and of a model "
            f"that has them it predicts with the first stack instead of the last; {OTHERS}"
        )
        yield Fault(what, f"model.backbone.{backbone}.stacks")
