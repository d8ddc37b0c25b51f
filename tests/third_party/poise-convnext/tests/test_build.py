import pytest

import poise


@pytest.fixture(scope="module")
def model():
    config = poise.ModelConfig.from_data(
        {
            "backbone": {"pretrained_encoder": {"encoder": "convnext_tiny", "decoder_filters": 8}},
            "heads": {"centroid": {"output_stride": 2}},
            "edition": "2026",
        }
    )
    return poise.build(config, (64, 96, 1))


def test_a_decoder_joins_features_from_stride_4_on_and_goes_to_stride_2(model):
    joined = {
        layer.name: {tensor.shape[1:3] for tensor in layer.input}
        for layer in model.layers
        if layer.name.endswith("_concat")
    }

    assert joined == {
        "decoder_stage0_concat": {(4, 6)},
        "decoder_stage1_concat": {(8, 12)},
        "decoder_stage2_concat": {(16, 24)},
    }
    assert model.output["confmaps"].shape[1:] == (32, 48, 1)


def test_no_name_depends_on_what_was_built_before(model):
    names = [operation.name for operation in model.operations]

    assert "convnext_tiny_stage_3_block_2_add" in names
    assert not [name for name in names if name == "add" or name.startswith("add_")]
