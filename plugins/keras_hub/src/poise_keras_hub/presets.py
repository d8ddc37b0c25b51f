"""KerasHub's published weights: the presets of version 0.32 of the networks here, by name."""

from __future__ import annotations

from poise.libraries.variants import Preset


def _of(variant: str, model: str, version: int, *trainings: str) -> dict[str, Preset]:
    """Presets of a variant: its Kaggle model, and the training data."""
    return {
        f"{variant}_{training}": Preset(
            variant=variant, handle=f"kaggle://keras/{model}/keras/{variant}_{training}/{version}"
        )
        for training in trainings
    }


PRESETS: dict[str, Preset] = {
    **_of("resnet_18", "resnetv1", 3, "imagenet"),
    **_of("resnet_50", "resnetv1", 3, "imagenet"),
    **_of("resnet_101", "resnetv1", 3, "imagenet"),
    **_of("resnet_152", "resnetv1", 3, "imagenet"),
    **_of("resnet_v2_50", "resnetv2", 3, "imagenet"),
    **_of("resnet_v2_101", "resnetv2", 3, "imagenet"),
    **_of("resnet_vd_18", "resnet_vd", 2, "imagenet"),
    **_of("resnet_vd_34", "resnet_vd", 2, "imagenet"),
    **_of(
        "resnet_vd_50",
        "resnet_vd",
        2,
        "imagenet",
        "ssld_imagenet",
        "ssld_v2_imagenet",
        "ssld_v2_fix_imagenet",
    ),
    **_of("resnet_vd_101", "resnet_vd", 2, "imagenet", "ssld_imagenet"),
    **_of("resnet_vd_152", "resnet_vd", 2, "imagenet"),
    **_of("resnet_vd_200", "resnet_vd", 2, "imagenet"),
    **_of("efficientnet_b0", "efficientnet", 2, "ra_imagenet", "ra4_e3600_r224_imagenet"),
    **_of("efficientnet_b1", "efficientnet", 5, "ft_imagenet"),
    **_of("efficientnet_b1", "efficientnet", 2, "ra4_e3600_r240_imagenet"),
    **_of("efficientnet_b2", "efficientnet", 2, "ra_imagenet"),
    **_of("efficientnet_b3", "efficientnet", 2, "ra2_imagenet"),
    **_of("efficientnet_b4", "efficientnet", 2, "ra2_imagenet"),
    **_of("efficientnet_b5", "efficientnet", 2, "sw_imagenet", "sw_ft_imagenet"),
    **_of("efficientnet_lite0", "efficientnet", 2, "ra_imagenet"),
    **_of("densenet_121", "densenet", 3, "imagenet"),
    **_of("densenet_169", "densenet", 3, "imagenet"),
    **_of("densenet_201", "densenet", 3, "imagenet"),
    **_of("csp_darknet_53", "cspdarknet", 2, "ra_imagenet"),
    **_of("csp_resnext_50", "cspdarknet", 1, "ra_imagenet"),
    **_of("csp_resnet_50", "cspdarknet", 1, "ra_imagenet"),
    **_of("darknet_53", "cspdarknet", 1, "imagenet"),
    **_of("mit_b0", "mit", 4, "ade20k_512"),
    **_of("mit_b1", "mit", 4, "ade20k_512"),
    **_of("mit_b2", "mit", 4, "ade20k_512"),
    **_of("mit_b3", "mit", 3, "ade20k_512", "cityscapes_1024"),
    **_of("mit_b4", "mit", 3, "ade20k_512", "cityscapes_1024"),
    **_of("mit_b5", "mit", 3, "ade20k_640", "cityscapes_1024"),
    **_of("mit_b0", "mit", 3, "cityscapes_1024"),
    **_of("mit_b1", "mit", 3, "cityscapes_1024"),
    **_of("mit_b2", "mit", 3, "cityscapes_1024"),
}
