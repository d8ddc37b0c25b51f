"""Five small models or pairs, one for each pipeline, and frames: the same on every backend.

``python tests/support/five_pipelines.py`` writes what they predict on the backend in use.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

FIGURES = Path(__file__).resolve().parent.parent / "data" / "predictions.json"

SIZE = 48, 64
SPOTS = (6, 42), (6, 58), (2, 5)
"""Of spots: from where to where they lie, y and x, and how wide they are, in pixels."""

PARTS = ["head", "thorax", "tail"]
CLASSES = ["female", "male"]
MAPS = {"output_stride": 2}
CROP = 24

HEADS: dict[str, Any] = {
    "single_instance": {**MAPS, "part_names": PARTS},
    "centroid": MAPS,
    "centered_instance": {**MAPS, "part_names": PARTS},
    "multi_instance": {
        "confmaps": {**MAPS, "part_names": PARTS},
        "pafs": {"edges": [PARTS[:2], PARTS[1:]], "output_stride": 4},
    },
    "multi_class_bottomup": {
        "confmaps": {**MAPS, "part_names": PARTS},
        "class_maps": {"classes": CLASSES, "output_stride": 4},
    },
    "multi_class_topdown": {
        "confmaps": {**MAPS, "part_names": PARTS},
        "class_vectors": {"classes": CLASSES, "output_stride": 4},
    },
}

CONFMAPS = "CenteredInstanceConfmapsHead"
CHOICES: dict[str, tuple[int, dict[str, tuple[float, float]]]] = {
    "single_instance": (0, {"SingleInstanceConfmapsHead": (60, 0)}),
    "centroid": (1, {"CentroidConfmapsHead": (170, 0)}),
    "centered_instance": (2, {CONFMAPS: (60, 0)}),
    "multi_instance": (
        2,
        {"MultiInstanceConfmapsHead": (42, 0), "PartAffinityFieldsHead": (65, 0)},
    ),
    "multi_class_bottomup": (2, {"MultiInstanceConfmapsHead": (42, 0), "ClassMapsHead": (100, 0)}),
    "multi_class_topdown": (2, {CONFMAPS: (64, 0), "ClassVectorsHead": (340, -2.2)}),
}
"""Head → the seed of its model, and layer → by what its initial weights are multiplied, so that
maps reach about 1; and the bias of its first channel, so that crops are not all of one class."""

PIPELINES = {
    "single": ["single_instance"],
    "top-down": ["centroid", "centered_instance"],
    "bottom-up": ["multi_instance"],
    "identities of parts": ["multi_class_bottomup"],
    "identities of crops": ["centroid", "multi_class_topdown"],
}


def frames() -> Any:
    """Three gray frames of soft spots, ``(3, 48, 64, 1)``."""
    rng = np.random.default_rng(7)
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    images = []
    for _ in range(3):
        spots = zip(rng.uniform(6, 42, 5), rng.uniform(6, 58, 5), rng.uniform(2, 5, 5), strict=True)
        image = sum(
            np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (2 * w**2)) for y, x, w in spots
        )
        images.append(np.clip(image * 200, 0, 255).astype(np.uint8)[..., None])
    return np.stack(images)


def models(folder: Path) -> dict[str, Path]:
    """Build and save a model of each head."""
    import poise

    backbone = {"unet": {"filters": 4, "max_stride": 4, "output_stride": 2}}
    for key, head in HEADS.items():
        seed, layers = CHOICES[key]
        data = {"backbone": backbone, "heads": {key: head}}
        image = (CROP, CROP, 1) if CONFMAPS in layers else (None, None, 1)
        model: Any = poise.build(poise.ModelConfig.from_data(data), image, seed=seed)
        for name, (gain, bias) in layers.items():
            layer = model.get_layer(name)
            kernel, biases = map(np.array, layer.get_weights())
            biases[0] += bias
            layer.set_weights([gain * kernel, biases])
        poise.save(model, folder / key)
    return {key: folder / key for key in HEADS}


def predicted(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """What each pipeline finds in each frame."""
    import poise_workflows

    paths, images, results = models(folder), frames(), {}
    for name, keys in PIPELINES.items():
        predictor = poise_workflows.load([paths[key] for key in keys], batch_size=2)
        animals = predictor.predict_frames(images)
        results[name] = [_as_json(animals.in_image(index)) for index in range(len(images))]
    return results


def _as_json(animals: Any) -> dict[str, Any]:
    arrays = {"points": animals.points, "scores": animals.instance_scores}
    facts = {name: _rounded(array[0]) for name, array in arrays.items()}
    if animals.classes is not None:
        facts["classes"] = animals.classes[0].tolist()
    return facts


def _rounded(array: Any) -> Any:
    """Numbers as JSON has them: null for a missing part."""
    values = np.round(array.astype(np.float64), 4)
    return np.where(np.isnan(values), None, values).tolist()


def main() -> None:
    """Write the figures."""
    with tempfile.TemporaryDirectory() as folder:
        results = predicted(Path(folder))
    FIGURES.write_text(f"{json.dumps(results, indent=1)}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
