"""Made-up animals that trackers are examined on: their parts, frame by frame, and images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from poise_workflows.tracking.contract import Floats, Image, Setting, Sight

SIZE = (96, 160)
"""Height and width of the images, in pixels."""
PARTS = ("head", "thorax", "abdomen", "tail")
SETTING = Setting(parts=PARTS, image_size=SIZE)

_HOMES = np.array([[24.0, 24.0], [80.0, 60.0], [136.0, 30.0]])
_BODY = np.array([[0.0, -9.0], [0.0, 0.0], [2.0, 8.0], [-1.0, 16.0]])


def points_of(animal: int, number: int, *, pace: float = 1.0) -> Floats:
    """Where the parts of an animal are in a frame, ``(P, 2)``, x then y in pixels.

    Args:
        animal: 0, 1 or 2; they are at least 40 pixels apart.
        number: of the frame.
        pace: pixels that it moves within a frame at most; it goes around its home.
    """
    angle = number / 6 + animal
    # Radius 6 by an angle of 1/6 is one pixel a frame.
    place = _HOMES[animal] + 6 * pace * np.array([np.cos(angle), np.sin(angle)])
    return np.asarray(place + _BODY, np.float64)


def sight(
    number: int,
    animals: Sequence[int],
    *,
    pace: float = 1.0,
    missing: Mapping[int, Sequence[int]] | None = None,
    with_image: bool = False,
) -> Sight:
    """The instances of a frame.

    Args:
        number: of the frame.
        animals: in the order of the rows.
        pace: pixels that animals move within a frame.
        missing: animal → parts that are not visible.
        with_image: whether the tracker needs images.
    """
    points = np.zeros((len(animals), len(PARTS), 2))
    for row, animal in enumerate(animals):
        points[row] = points_of(animal, number, pace=pace)
        points[row, list((missing or {}).get(animal, ()))] = np.nan
    seen = ~np.isnan(points).any(-1)
    return Sight(
        number=number,
        points=points,
        point_scores=np.where(seen, 0.9, 0.0),
        scores=np.array([0.9 - animal / 10 for animal in animals], np.float64),
        is_predicted=np.ones(len(animals), bool),
        image=image_of(number, pace=pace) if with_image else None,
    )


def image_of(number: int, *, pace: float = 1.0) -> Image:
    """The image of a frame ``(H, W, 1)``: each part is a bright dot with a dot of its own size."""
    rows, columns = np.indices(SIZE)
    image = np.full(SIZE, 20.0)
    for animal in range(len(_HOMES)):
        for part, (x, y) in enumerate(points_of(animal, number, pace=pace)):
            spread = 2.0 + part / 2 + animal / 3
            near = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * spread**2))
            image += (120 + 30 * animal) * near
    return np.asarray(np.clip(image, 0, 255)[:, :, None], np.uint8)


def eventful(*, with_images: bool) -> list[Sight]:
    """24 frames in which animals leave and come back, swap rows and lose parts.

    Frame 7 has no instances, frame 12 one without any visible part.
    """

    def at(number: int) -> Sight:
        animals = [2, 0, 1] if number % 2 else [0, 1, 2]
        if number == 7:
            animals = []
        elif number in (9, 10, 11):
            animals = [0, 2]
        missing = {0: (1,)} if number in (4, 5) else {1: (0, 1, 2, 3)} if number == 12 else {}
        return sight(number, animals, missing=missing, with_image=with_images)

    return [at(number) for number in range(24)]


def steady(count: int, *, pace: float, with_images: bool) -> list[Sight]:
    """Frames in which all animals are seen, in rows that change."""
    return [
        sight(number, [2, 0, 1] if number % 2 else [0, 1, 2], pace=pace, with_image=with_images)
        for number in range(count)
    ]


def animals_of(seen: Sight, *, pace: float) -> list[int]:
    """The animal of each row."""
    number = seen.number or 0
    every = [points_of(animal, number, pace=pace) for animal in range(len(_HOMES))]
    return [
        int(np.argmin([np.abs(points - other).max() for other in every])) for points in seen.points
    ]
