import subprocess
import sys

import h5py
import numpy as np
import poise_tinycoder
import pytest

import poise


@pytest.fixture(autouse=True)
def offline(monkeypatch, tmp_path):
    """No connection, and an empty cache."""
    monkeypatch.setenv("POISE_OFFLINE", "1")
    monkeypatch.setenv("POISE_CACHE_DIR", str(tmp_path))


def test_a_model_starts_from_the_weights_of_the_wheel():
    config = poise.ModelConfig.from_data(
        {
            "backbone": {"pretrained_encoder": {"encoder": "tinycoder", "decoder_filters": 4}},
            "heads": {"centroid": {"output_stride": 2}},
            "edition": "2026",
        }
    )
    model = poise.build(config, (32, 64, 3))

    report = poise.load_pretrained(model)

    assert report.source == str(poise_tinycoder.WEIGHTS)
    assert len(report.matched) == 2 * len(poise_tinycoder.LAYERS)
    assert not any("publish" in note for note in report.notes)  # the checksum matches
    (origin,) = poise.record_of(model).origins
    assert (origin.name, origin.verified) == ("encoder-tinycoder-dots", True)
    assert origin.license == "CC0-1.0"
    with h5py.File(poise_tinycoder.WEIGHTS) as file:
        kernel = file["conv8/conv8/kernel:0"][()]
    np.testing.assert_array_equal(model.get_layer("conv8").get_weights()[0], kernel)


def test_the_command_line_says_where_they_are():
    command = [sys.executable, "-m", "poise", "weights", "where", "tinycoder"]

    process = subprocess.run(command, capture_output=True, text=True, check=False)

    assert process.returncode == 0, process.stderr
    assert str(poise_tinycoder.WEIGHTS) in process.stdout
