from poise import EncoderSpec, Normalization, hookimpl

LAST = {4: "stage_0_block_2", 8: "stage_1_block_2", 16: "stage_2_block_8", 32: "stage_3_block_2"}
"""Stride in pixels → the last block that has it. The stem goes to stride 4 in one step."""


def build(image):
    """Make features (N, H/stride, W/stride, C) of strides 4 to 32 of an image (N, H, W, C)."""
    import keras

    network = keras.applications.ConvNeXtTiny(
        include_top=False, include_preprocessing=False, weights=None, input_tensor=image
    )
    sums = {}
    for operation in network.operations:
        # Each block ends in a sum, which Keras names by a count of all sums of the process.
        if type(operation).__name__ == "Add":
            branch = operation.input[1]._keras_history.operation.name
            block = branch.removeprefix("convnext_tiny_").rpartition("_block_")
            name = f"{block[0]}_block_{block[2].partition('_')[0]}"
            operation.name = f"convnext_tiny_{name}_add"
            sums[name] = operation.output
    return {stride: sums[block] for stride, block in LAST.items()}


@hookimpl
def poise_encoders():
    spec = EncoderSpec(
        key="convnext_tiny",
        build=build,
        max_stride=32,
        minimum_size=32,
        normalization=Normalization(
            scale=255, mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375)
        ),
        summary="ConvNeXt-Tiny of keras.applications, with features from stride 4 on",
        paper="Liu et al.: A ConvNet for the 2020s. CVPR 2022. https://arxiv.org/abs/2201.03545",
    )
    return [spec]
