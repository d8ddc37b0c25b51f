import json
from types import UnionType
from typing import Any, get_args, get_origin

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poise.job.sections import (
    InstanceCroppingConfig,
    LabelsConfig,
    OptimizationConfig,
    OutputsConfig,
    PreprocessingConfig,
)
from poise.sleap import read_sleap
from poise.wire.structure import unstructure

SCALARS = {
    bool: st.booleans(),
    int: st.integers(1, 10**6),
    float: st.floats(1e-6, 1e6).filter(lambda number: not number.is_integer()),
    str: st.text(min_size=1, max_size=8),
}


def values(field):
    """Values of a field that are not its default."""
    if field.name == "imagenet_mode":
        return st.sampled_from(["tf", "caffe", "torch"])
    if field.name == "skeletons":
        return st.just(())
    default = field.default
    if field.type is bool:
        return st.just(not default)
    return of_type(field.type).filter(lambda value: value != default)


def of_type(annotation):
    if get_origin(annotation) is UnionType:
        return of_type(next(member for member in get_args(annotation) if member is not type(None)))
    if get_origin(annotation) is tuple:
        return st.lists(of_type(get_args(annotation)[0]), min_size=1, max_size=3).map(tuple)
    if attrs.has(annotation):
        return instances(annotation)
    return SCALARS[annotation]


def instances(cls):
    attrs.resolve_types(cls)
    return st.builds(cls, **{field.name: values(field) for field in attrs.fields(cls)})


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    instances(LabelsConfig),
    instances(PreprocessingConfig),
    instances(InstanceCroppingConfig),
    instances(OptimizationConfig),
    instances(OutputsConfig),
)
def test_every_field_of_every_section_comes_through(
    tmp_path, labels, preprocessing, cropping, optimization, outputs
):
    path = tmp_path / "training_config.json"
    data = {
        "data": {
            "labels": unstructure(labels),
            "preprocessing": unstructure(preprocessing),
            "instance_cropping": unstructure(cropping),
        },
        "optimization": unstructure(optimization),
        "outputs": unstructure(outputs),
    }
    path.write_text(json.dumps(data), encoding="utf-8")

    job = read_sleap(path)

    assert job.sections.labels == labels
    assert job.preprocessing == preprocessing
    assert job.cropping == cropping
    assert job.sections.optimization == optimization
    assert job.sections.outputs == outputs
    assert job.sections.extra == {}
    assert not job.report.of("coerced")


def without_model(data: Any) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key != "model"}


def test_names_and_defaults_are_those_of_sleap(shared):
    """The trained models' files hold every field that SLEAP 1.1 had, in its order."""
    path = shared / "sleap/models/minimal_instance.UNet.bottomup/training_config.json"
    data = without_model(json.loads(path.read_text()))
    for section, cls in (
        (data["data"]["labels"], LabelsConfig),
        (data["data"]["preprocessing"], PreprocessingConfig),
        (data["data"]["instance_cropping"], InstanceCroppingConfig),
        (data["optimization"], OptimizationConfig),
        (data["outputs"], OutputsConfig),
    ):
        defaults = unstructure(cls())
        in_order = [name for name in defaults if name in section]
        assert in_order == list(section), cls.__name__


@pytest.mark.parametrize(
    ("cls", "name", "value"),
    [
        (PreprocessingConfig, "input_scaling", 1.0),
        (PreprocessingConfig, "resize_and_pad_to_target", True),
        (InstanceCroppingConfig, "crop_size_detection_padding", 16),
        (LabelsConfig, "validation_fraction", 0.1),
        (OptimizationConfig, "batch_size", 8),
        (OptimizationConfig, "initial_learning_rate", 1e-4),
        (OutputsConfig, "runs_folder", "models"),
        (OutputsConfig, "keep_viz_images", False),
    ],
)
def test_documented_defaults(cls, name, value):
    assert getattr(cls(), name) == value
