"""The normalizations of images in 0…1 for an encoder."""

from __future__ import annotations

from poise.specs import Normalization

NORMALIZATIONS: dict[str, Normalization | None] = {
    "imagenet": Normalization(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
    "unit": None,
    "signed": Normalization(scale=2, mean=(1.0, 1.0, 1.0)),
    "pixels": Normalization(scale=255),
}
"""KerasHub's networks do not rescale images: a preset's image converter does."""
