"""The same training: losses of SLEAP 1.4's first five steps, from its weights and its data."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

import poise
from poise.job.optimization import HardKeypointMiningConfig, OptimizationConfig
from poise.job.sections import JobSections
from poise.reading import Reading
from poise_workflows.training.networks import compile_model
from poise_workflows.training.options import Options

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


def trained(folder: Path, edition: str | None = None) -> tuple[Any, list[dict[str, float]], Any]:
    """The model after the case's steps, as ``poise train`` compiles it, their losses, the data."""
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", poise.PluginNotInstalledWarning)
        config = poise.ModelConfig.from_data(json.loads((folder / "config.json").read_text()))
    if isinstance(config.backbone.which_oneof(), poise.UninstalledSection):
        pytest.skip(f"no backbone {config.backbone.which_oneof_attrib_name()!r} is installed")
    config = attrs.evolve(config, edition=edition or config.edition)
    skeleton = poise.Skeleton(meta["part_names"], meta["edge_names"])
    model = poise.build(config, tuple(meta["input_shape"]), skeleton)
    poise.load_weights(model, folder / "weights_initial.h5")
    optimization = OptimizationConfig(
        optimizer=meta["optimizer"],
        initial_learning_rate=meta["optimizer_config"]["learning_rate"],
        hard_keypoint_mining=HardKeypointMiningConfig(**meta["hard_keypoint_mining"]),
    )
    sections = JobSections(optimization=optimization)
    compile_model(model, Reading(source=folder, config=config, sections=sections), Options())
    data = np.load(folder / "data.npz")
    losses = []
    for step in range(meta["steps"]):
        targets = {name: data[key][step] for name, key in named(data).items()}
        model.reset_metrics()
        losses.append(model.train_on_batch(data["x"][step], targets, return_dict=True))
    return model, losses, data


def named(data: Any) -> dict[str, str]:
    """Poise's name of each output → the key of its targets in the case's data."""
    return {OUTPUTS[name.removeprefix("y|")]: name for name in data if name.startswith("y|")}


def furthest(model: Any, data: Any) -> float:
    """The largest difference of predictions from those of the original after training."""
    predictions = model.predict(data["x"][0], verbose=0)
    return max(
        float(np.abs(predictions[name] - data[f"pred_after|{key.removeprefix('y|')}"]).max())
        for name, key in named(data).items()
    )


@pytest.mark.backends
@pytest.mark.parametrize("case", CASES)
def test_five_steps_of_training_have_the_losses_and_predictions_of_the_original(
    case: str, golden: Path
) -> None:
    folder = golden / "training" / case
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    model, losses, data = trained(folder)
    for step, expected in enumerate(meta["logs"]):
        np.testing.assert_allclose(
            losses[step]["loss"], expected["loss"], rtol=1e-3, err_msg=str(step)
        )
        for name, key in named(data).items():
            if len(named(data)) > 1:
                due = expected[f"{key.removeprefix('y|')}_loss"]
                np.testing.assert_allclose(
                    losses[step][f"{name}_loss"], due, rtol=1e-3, err_msg=name
                )
    assert furthest(model, data) < 1e-4


@pytest.mark.slow
def test_in_edition_2026_moving_variances_are_those_of_keras(golden: Path) -> None:
    model, _, data = trained(golden / "training" / "hourglass_single_adam_bn", "2026")
    assert 3e-3 < furthest(model, data) < 5e-3
