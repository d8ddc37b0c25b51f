"""Open exports with Keras 2 and compare its numbers with Poise's. Knows nothing of Poise.

Called by TensorFlow 2.15's Python with one argument: a folder of run folders, each with
``best_model.h5`` and ``expected.npz``: the images, and the outputs in their order. Prints a JSON
object: name of the folder → the largest difference, as a part of the largest output.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf


def difference(folder: Path) -> float:
    """The largest difference of one export."""
    tf.keras.backend.clear_session()
    model = tf.keras.models.load_model(folder / "best_model.h5", compile=False)
    expected = np.load(folder / "expected.npz")
    outputs = model.predict(expected["images"], verbose=0)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    names = [name for name in expected.files if name != "images"]
    assert len(names) == len(outputs), (names, len(outputs))
    return max(
        float(np.abs(output - expected[name]).max() / np.abs(expected[name]).max())
        for name, output in zip(names, outputs, strict=True)
    )


if __name__ == "__main__":
    folders = sorted(path for path in Path(sys.argv[1]).iterdir() if path.is_dir())
    sys.stdout.write(json.dumps({folder.name: difference(folder) for folder in folders}))
