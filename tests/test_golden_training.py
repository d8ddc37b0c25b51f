"""The same training: losses of SLEAP 1.4's first five steps, from its weights and its data."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest

import poise
from poise.job.optimization import HardKeypointMiningConfig

pytestmark = pytest.mark.usefixtures("keras")

# The case's name of an output → Poise's name.
OUTPUTS = {
    "SingleInstanceConfmapsHead": "confmaps",
    "MultiInstanceConfmapsHead": "confmaps",
    "PartAffinityFieldsHead": "pafs",
    "ClassMapsHead": "class_maps",
    "OffsetRefinementHead": "offsets",
}
CASES = (
    "hourglass_single_adam_bn",
    "leap_single_adam",
    "unet_bottomup_cls",
    "unet_multi_offset_weights",
    "unet_single_adam",
    "unet_single_ohkm",
    "unet_single_sgd",
)


def test_every_case_of_training_is_here(golden: Path) -> None:
    assert sorted(folder.name for folder in (golden / "training").iterdir()) == sorted(CASES)


@pytest.mark.backends
@pytest.mark.parametrize("case", CASES)
def test_five_steps_of_training_have_the_losses_of_the_original(case: str, golden: Path) -> None:
    folder = golden / "training" / case
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", poise.PluginNotInstalledWarning)
        config = poise.ModelConfig.from_data(json.loads((folder / "config.json").read_text()))
    if isinstance(config.backbone.which_oneof(), poise.UninstalledSection):
        pytest.skip(f"no backbone {config.backbone.which_oneof_attrib_name()!r} is installed")
    skeleton = poise.Skeleton(meta["part_names"], meta["edge_names"])
    model = poise.build(config, tuple(meta["input_shape"]), skeleton)
    poise.load_weights(model, folder / "weights_initial.h5")
    model.compile(
        **poise.compile_args(
            model,
            optimizer=meta["optimizer"],
            learning_rate=meta["optimizer_config"]["learning_rate"],
            hard_keypoint_mining=HardKeypointMiningConfig(**meta["hard_keypoint_mining"]),
        )
    )
    data = np.load(folder / "data.npz")
    named = {OUTPUTS[name.removeprefix("y|")]: name for name in data if name.startswith("y|")}
    for step, expected in enumerate(meta["logs"]):
        targets = {name: data[key][step] for name, key in named.items()}
        model.reset_metrics()
        losses = model.train_on_batch(data["x"][step], targets, return_dict=True)
        np.testing.assert_allclose(losses["loss"], expected["loss"], rtol=1e-3, err_msg=str(step))
        for name, key in named.items():
            if len(named) > 1:
                due = expected[f"{key.removeprefix('y|')}_loss"]
                np.testing.assert_allclose(losses[f"{name}_loss"], due, rtol=1e-3, err_msg=name)
