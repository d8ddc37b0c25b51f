"""Where training in SLEAP 1.4 is not what its documentation says."""

from __future__ import annotations

from poise.editions import Difference
from poise_workflows.augmentation.augmenting import is_on
from poise_workflows.augmentation.differences import AUGMENTATION

AUGMENTED_VALIDATION = Difference(
    name="augmented_validation",
    sleap="frames that validate are augmented and shuffled as those that train are, and come again "
    "until there are min_val_batches_per_epoch batches",
    documented="each frame that validates is seen once an epoch, as it is",
    path="optimization.augmentation_config",
    touches=is_on,
)
TRAINING: tuple[Difference, ...] = (*AUGMENTATION, AUGMENTED_VALIDATION)
"""All that concern the data of a training; they look at its ``AugmentationConfig``."""
