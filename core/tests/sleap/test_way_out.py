"""A damaged part of a job that building does not need is a fault that says how to leave it out."""

import copy
import re

import pytest

from poise.errors import ConfigError
from poise.sleap import read_sleap

from .conftest import fly

WHOLE = {
    "data": {
        "labels": {"skeletons": [fly()], "training_inds": [1, 2]},
        "preprocessing": {"input_scaling": 0.5},
        "instance_cropping": {"crop_size": 96},
    },
    "model": {
        "backbone": {"net": {"output_stride": 2}},
        "heads": {"maps": {"part_names": ["A"], "output_stride": 2}},
    },
    "optimization": {"augmentation_config": {"rotate": True}, "epochs": 3},
    "outputs": {"zmq": {"publish_updates": True}, "tags": ["a"]},
    "name": "flies",
}

DAMAGES = {
    "data": ("data", 3),
    "data.labels": ("data.labels", "lost"),
    "data.labels.skeletons": ("data.labels.skeletons", [{"nodes": 3}]),
    "data.labels.training_inds": ("data.labels.training_inds", [1, "two"]),
    "data.preprocessing.input_scaling": ("data.preprocessing.input_scaling", -1),
    "data.instance_cropping": ("data.instance_cropping", []),
    "optimization": ("optimization", "adam"),
    "optimization.epochs": ("optimization.epochs", "many"),
    "optimization.augmentation_config": ("optimization.augmentation_config", 3),
    "optimization.augmentation_config.rotate": ("optimization.augmentation_config.rotate", "no"),
    "outputs.tags": ("outputs.tags", ["a", 1]),
    "outputs.zmq": ("outputs.zmq", None),
    "name": ("name", 3),
}
"""What the fault says to delete → path of what is damaged, and the damaged value."""


def parent_of(data, path):
    *above, key = path.split(".")
    for name in above:
        data = data[name]
    return data, key


@pytest.mark.parametrize("deleted", DAMAGES)
def test_following_the_fault_reads_the_same_model(deleted, write):
    path, value = DAMAGES[deleted]
    data = copy.deepcopy(WHOLE)
    parent, key = parent_of(data, path)
    parent[key] = value
    with pytest.raises(ConfigError) as error:
        read_sleap(write(data))

    for fault in error.value.faults:
        advice = re.search(
            r"; building does not need it: delete (\S+) from the file to", fault.what
        )
        assert advice, fault
        assert advice[1] == deleted

    parent, key = parent_of(data, deleted)
    del parent[key]
    assert read_sleap(write(data)).config == read_sleap(write(WHOLE)).config


def test_the_advice_says_what_is_read_instead(write):
    data = copy.deepcopy(WHOLE)
    data["data"]["preprocessing"]["input_scaling"] = -1
    data["data"]["labels"]["skeletons"] = 3
    with pytest.raises(ConfigError) as error:
        read_sleap(write(data))
    skeletons, scaling = error.value.faults
    assert skeletons.what.endswith("and name the parts yourself if the head does not")
    assert scaling.what.endswith("to take SLEAP's default")


DEFAULT, LEFT_OUT = "to take SLEAP's default", "to leave it out"


@pytest.mark.parametrize(
    ("path", "purpose"),
    [("data", DEFAULT), ("data.labels", LEFT_OUT), ("data.labels.skeletons", LEFT_OUT)],
)
def test_the_advice_to_delete_a_skeleton_says_what_to_do_instead(path, purpose, write):
    data = copy.deepcopy(WHOLE)
    parent, key = parent_of(data, path)
    parent[key] = 3
    with pytest.raises(ConfigError) as error:
        read_sleap(write(data))
    assert error.value.faults[-1].what.endswith(
        f"delete {path} from the file {purpose}, and name the parts yourself if the head does not"
    )


def test_a_number_that_json_lacks_can_be_left_out_too(write):
    text = '{"model": {}, "optimization": {"epochs": NaN}}'
    with pytest.raises(ConfigError, match=r"delete optimization\.epochs from the file"):
        read_sleap(write(text))


@pytest.mark.parametrize("path", ["model.backbone.net.output_stride", "model.heads", "model"])
def test_what_building_needs_cannot_be_left_out(path, write):
    data = copy.deepcopy(WHOLE)
    parent, key = parent_of(data, path)
    parent[key] = "lost"
    with pytest.raises(ConfigError) as error:
        read_sleap(write(data))
    assert "delete" not in str(error.value)
