"""Draw the pictures of the documentation: ``python docs/pictures.py``.

Nothing in them is drawn by hand: the targets are those that training uses, and the points are
what decoding finds in them. Only the animals are synthetic.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import poise
from poise_workflows.frames.labeled import LabeledFrame
from poise_workflows.previewing.drawing import draw
from poise_workflows.previewing.views import Outcome, View

Array = npt.NDArray[Any]

HERE = Path(__file__).parent / "_static"
FLY = poise.Skeleton(
    ["head", "thorax", "abdomen", "wingL", "wingR"],
    [("thorax", "head"), ("thorax", "abdomen"), ("thorax", "wingL"), ("thorax", "wingR")],
)
SHAPE = np.array([[15.0, 0.0], [0.0, 0.0], [-17.0, 0.0], [-17.0, -11.0], [-17.0, 11.0]])
"""Positions of the parts of a fly that faces right, in pixels relative to its thorax."""
FLIES = [(54, 62, 0.6), (118, 48, 2.6), (104, 122, -1.3)]
"""x, y and direction of each fly."""
CLASSES = ["female", "male", "female"]
SIZE = (160, 176)
HEADS: dict[str, dict[str, Any]] = {
    "single_instance": {"output_stride": 2, "sigma": 4.0},
    "centroid": {"output_stride": 4, "sigma": 6.0, "anchor_part": "thorax"},
    "centered_instance": {"output_stride": 2, "sigma": 3.0},
    "multi_instance": {
        "confmaps": {"output_stride": 2, "sigma": 3.0},
        "pafs": {"output_stride": 4, "sigma": 4.0},
    },
    "multi_class_bottomup": {
        "confmaps": {"output_stride": 2, "sigma": 3.0},
        "class_maps": {"output_stride": 4, "sigma": 6.0, "classes": ["female", "male"]},
    },
    "multi_class_topdown": {
        "confmaps": {"output_stride": 2, "sigma": 3.0},
        "class_vectors": {"output_stride": 16, "classes": ["female", "male"]},
    },
}
"""What shows a head type best. One that is not here is drawn with its defaults, on one fly."""


def flies() -> tuple[Array, Array]:
    """An image ``(H, W)`` of synthetic flies, and their points ``(I, P, 2)``."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(float)
    image = np.full(SIZE, 205.0)
    points = []
    for across, down, angle in FLIES:
        ahead = np.array([np.cos(angle), np.sin(angle)])
        aside = np.array([-ahead[1], ahead[0]])
        along = (x - across) * ahead[0] + (y - down) * ahead[1]
        beside = (x - across) * aside[0] + (y - down) * aside[1]
        for place, length, width, dark in ((-10, 15, 5, 95), (0, 7, 6, 150), (13, 5, 5, 130)):
            image -= dark * (((along - place) / length) ** 2 + (beside / width) ** 2 < 1)
        for side in (-1, 1):
            tilted = beside * side - 5 + 0.45 * (along + 4)
            image -= 45 * (((along + 9) / 13) ** 2 + (tilted / 4) ** 2 < 1)
        points.append(np.array([across, down]) + SHAPE[:, :1] * ahead + SHAPE[:, 1:] * aside)
    return image.clip(0, 255).astype(np.uint8), np.array(points, dtype=np.float32)


def frame_for(key: str) -> LabeledFrame:
    """The flies as a model of this head type sees them."""
    image, points = flies()
    if key == "single_instance" or key not in HEADS:
        image, points = image[8:112, 4:124], points[:1] - np.array([4, 8], dtype=np.float32)
        image = np.where(np.arange(image.shape[1]) > 84, np.uint8(205), image)
    frame = LabeledFrame(
        image=image,
        size=image.shape[:2],
        points=points,
        skeleton=FLY,
        classes=tuple(CLASSES[: len(points)]),
        class_names=("female", "male"),
        title="made-up flies",
    )
    return frame.around(1, 80) if poise.heads[key].stage == "crop" and len(points) > 1 else frame


def of_head(key: str) -> tuple[Any, dict[str, Array], poise.Instances, LabeledFrame]:
    """Resolution, targets and what decoding finds in them, for a head type."""
    heads = {key: HEADS.get(key, {})}
    config = poise.ModelConfig.from_data(
        {"backbone": {"unet": {}}, "heads": heads, "edition": "2026"}
    )
    resolution = poise.resolve(config, FLY, ["female", "male"])
    frame = frame_for(key)
    targets = poise.make_targets(resolution, frame.labels(("female", "male")), frame.size)
    arrays = {name: np.array(one) for name, one in targets.items()}
    return resolution, arrays, poise.decode(resolution, arrays), frame


def head_picture(key: str, path: Path) -> None:
    """Labels, targets, and what decoding finds, as ``poise preview`` draws them."""
    resolution, targets, decoded, frame = of_head(key)
    view = View(frame=frame, targets=Outcome.of(frame, targets, decoded))
    draw(path, [view], resolution.outputs, "")


def first_picture(path: Path) -> None:
    """Image, targets and decoded points side by side, for the first page."""
    from matplotlib.figure import Figure

    _, targets, found, _frame = of_head("multi_instance")
    image, _ = flies()
    figure = Figure(figsize=(11, 3.78), layout="constrained", facecolor="none")
    panels = list(figure.subplots(1, 3).flat)
    confmaps, pafs = targets["confmaps"][0], targets["pafs"][0]
    height, width = SIZE
    extent = (-0.5, width - 0.5, height - 0.5, -0.5)
    panels[0].imshow(image, cmap="gray", vmin=0, vmax=255)
    panels[1].imshow(confmaps.max(axis=-1), cmap="magma", extent=extent, vmin=0, vmax=1)
    fields = pafs.reshape(*pafs.shape[:2], -1, 2)
    longest = np.hypot(*np.moveaxis(fields, -1, 0)).argmax(axis=-1)
    u, v = np.take_along_axis(fields, longest[..., None, None], axis=2)[..., 0, :].transpose(
        2, 0, 1
    )
    rows, columns = np.nonzero(np.hypot(u, v) > 0.4)
    panels[1].quiver(
        *(4 * columns, 4 * rows, u[rows, columns], -v[rows, columns]),
        color="w",
        scale=34,
        width=0.004,
    )
    panels[1].set_xlim(extent[:2])
    panels[1].set_ylim(extent[2:])
    panels[2].imshow(image, cmap="gray", vmin=0, vmax=255, alpha=0.75)
    for animal, color in zip(found.points[0], ("#d62728", "#1f77b4", "#2ca02c"), strict=False):
        place = dict(zip(found.parts, animal, strict=True))
        for one, other in FLY.edges:
            panels[2].plot(*np.array([place[one], place[other]]).T, color=color, linewidth=2)
        panels[2].plot(*animal.T, "o", color=color, markersize=5, markeredgecolor="w")
    names = ("image", "targets", "decoded")
    for panel, name in zip(panels, names, strict=True):
        panel.patch.set_zorder(-1)  # below images, whose own order is 0
        panel.add_artist(panel.patch)  # white behind transparent parts, also on a dark page
        panel.set_title(name, color="#808080", fontsize=16)
        panel.axis("off")
    figure.savefig(path, dpi=110)


def main(folder: Path = HERE) -> list[Path]:
    """Draw all pictures into a folder and return their paths."""
    (folder / "heads").mkdir(parents=True, exist_ok=True)
    first_picture(folder / "poise.png")
    made = [folder / "poise.png"]
    for key in poise.heads:
        made.append(folder / "heads" / f"{key}.png")
        head_picture(key, made[-1])
    return made


if __name__ == "__main__":
    main()
