"""KerasCV's published weights: the presets of version 0.9 with weights, by name."""

from __future__ import annotations

from poise.libraries.variants import Preset


def _of(model: str, *names: str) -> dict[str, Preset]:
    """Presets of a Kaggle model; a name joins the variant and its training data."""
    return {
        name: Preset(
            variant=name.rpartition("_")[0], handle=f"kaggle://keras/{model}/keras/{name}/2"
        )
        for name in names
    }


PRESETS: dict[str, Preset] = {
    **_of("resnetv1", "resnet50_imagenet"),
    **_of("resnetv2", "resnet50_v2_imagenet"),
    **_of(
        "efficientnetv2",
        "efficientnetv2_s_imagenet",
        "efficientnetv2_b0_imagenet",
        "efficientnetv2_b1_imagenet",
        "efficientnetv2_b2_imagenet",
    ),
    **_of("mobilenetv3", "mobilenet_v3_large_imagenet", "mobilenet_v3_small_imagenet"),
    **_of("densenet", "densenet121_imagenet", "densenet169_imagenet", "densenet201_imagenet"),
    **_of("cspdarknet", "csp_darknet_tiny_imagenet", "csp_darknet_l_imagenet"),
    **_of(
        "yolov8",
        "yolo_v8_xs_backbone_coco",
        "yolo_v8_s_backbone_coco",
        "yolo_v8_m_backbone_coco",
        "yolo_v8_l_backbone_coco",
        "yolo_v8_xl_backbone_coco",
    ),
    **_of("mit", "mit_b0_imagenet"),
}
