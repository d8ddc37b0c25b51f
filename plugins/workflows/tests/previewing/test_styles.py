"""The colors of animals."""

from __future__ import annotations

import numpy as np
import pytest

from poise_workflows.previewing.styles import COLORS, color_of, line_of

SEEN = {
    "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritanopia": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
    "all cones": np.eye(3),
}
"""Linear RGB → linear RGB as seen: Machado, Oliveira and Fernandes (2009), severity 1."""
XYZ = np.array([[0.412, 0.358, 0.180], [0.213, 0.715, 0.072], [0.019, 0.119, 0.950]])


def lab_of(linear: np.ndarray) -> np.ndarray:
    """Linear RGB in CIELAB, where distances are as large as they are seen."""
    x, y, z = np.cbrt(np.clip(linear @ XYZ.T / XYZ.sum(axis=1), 1e-3, 1)).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


@pytest.mark.parametrize("eyes", SEEN)
def test_people_with_any_color_vision_tell_animals_apart(eyes: str) -> None:
    from matplotlib.colors import to_rgb

    linear = np.array([to_rgb(color) for color in COLORS]) ** 2.2
    seen = lab_of(np.clip(linear @ np.array(SEEN[eyes]).T, 0, 1))
    away = np.linalg.norm(seen[:, None] - seen, axis=-1)

    # Matplotlib's own colors are as near as 5.
    assert away[np.triu_indices(len(COLORS), 1)].min() > 14


def test_an_animal_beyond_the_colors_has_another_line() -> None:
    looks = [(color_of(animal), line_of(animal)) for animal in range(3 * len(COLORS))]

    assert len(set(looks)) == len(looks)
    assert color_of(-1) not in COLORS
