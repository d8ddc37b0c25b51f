"""What SLEAP changes on its own before it trains is a note with the value."""

import pytest

from poise.reading import read
from poise.sleap import read_sleap


def job(head="maps", model=None, **sections):
    """A job of a backbone whose maximum stride is 16."""
    net = {"max_stride": 16, "output_stride": 2}
    return {
        "data": {"preprocessing": {"pad_to_stride": 16}},
        "model": {"backbone": {"net": net}, "heads": {head: {"output_stride": 2}}, **(model or {})},
        **sections,
    }


def preprocessing(**fields):
    return {"preprocessing": {"pad_to_stride": 16, **fields}}


def cropping(size):
    return {"preprocessing": {"pad_to_stride": 1}, "instance_cropping": {"crop_size": size}}


CHANGED = [
    (
        job("crops", data=cropping(100)),
        "data.instance_cropping.crop_size: 100 is not a multiple of 16, the backbone's maximum "
        "stride: SLEAP raises it to 112, or to more if an animal is larger",
    ),
    (
        job(data=preprocessing(pad_to_stride=None)),
        "data.preprocessing.pad_to_stride: null: SLEAP sets 16, the backbone's maximum stride",
    ),
    (
        job(data={}),
        "data.preprocessing.pad_to_stride: null: SLEAP sets 16, the backbone's maximum stride",
    ),
    (
        job(data=preprocessing(target_height=500)),
        "data.preprocessing.target_height: 500 is not a multiple of 16: SLEAP pads it to 512",
    ),
    (
        job(data=preprocessing(target_width=500, input_scaling=0.5, pad_to_stride=32)),
        "data.preprocessing.target_width: 500 · 0.5 = 250 is not a multiple of 32: SLEAP pads it "
        "to 256",
    ),
    (
        job(data={**preprocessing(), "labels": {"validation_fraction": 0}}),
        "data.labels.validation_fraction: 0: SLEAP takes 1 frame for validation",
    ),
    (
        job(data={**preprocessing(), "labels": {"validation_fraction": 1.0}}),
        "data.labels.validation_fraction: 1: SLEAP leaves 1 frame for training",
    ),
    (job(outputs={"save_outputs": False}), "outputs.save_outputs: false: sleap-train sets true"),
    (
        job(outputs={"keep_viz_images": True}),
        "outputs.keep_viz_images: true: sleap-train sets false without --keep_viz",
    ),
    (
        job(outputs={"zmq": {"publish_address": "tcp://127.0.0.1:7"}}),
        'outputs.zmq.publish_address: "tcp://127.0.0.1:7": sleap-train sets '
        '"tcp://127.0.0.1:9001" without --publish_port',
    ),
]

KEPT = [
    job(),
    job("crops", data=cropping(112)),
    job("crops", data={}),  # its size depends on the labels
    job(data={**preprocessing(), "instance_cropping": {"crop_size": 100}}),
    job(data=preprocessing(target_height=512, target_width=256)),
    job(data=preprocessing(target_height=500, resize_and_pad_to_target=False)),
    job("crops", data={"preprocessing": {"target_height": 500}}),
    job(data={**preprocessing(), "labels": {"validation_fraction": 0, "validation_labels": "v"}}),
    job(outputs={"save_outputs": True, "zmq": {"publish_address": "tcp://127.0.0.1:9001"}}),
    job(data={}, model={"edition": "2026"}),
    {"model": {}},
    job()["model"],
]


@pytest.mark.parametrize(("data", "note"), CHANGED)
def test_a_value_that_sleap_changes_is_a_note_with_the_new_value(data, note, write):
    file = write(data)
    for report in (read_sleap(file).report, read(file).report):
        assert list(map(str, report.of("training"))) == [note]


@pytest.mark.parametrize("data", KEPT)
def test_a_value_that_sleap_keeps_has_no_note(data, write):
    assert read_sleap(write(data)).report.of("training") == ()


def test_the_value_of_the_file_is_kept(write):
    assert read_sleap(write(job("crops", data=cropping(100)))).cropping.crop_size == 100


def test_a_size_beyond_all_numbers_is_no_failure(write):
    data = job(data=preprocessing(target_height=10**9, input_scaling=1e308))
    assert len(read_sleap(write(data)).report.of("training")) == 1
