"""Suggestions for clips of which frames were spoiled: models see them, and Poise finds them."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

import poise_workflows

Change = Callable[[Any, Any], Any]

BLURRED = {5: 2, 22: 5, 39: 2, 51: 5}
"""Frame → the spread of the blur, in pixels: the model finds the flies in two of these frames."""
COVERED, JUMPED = (11, 30, 46), (16, 27, 57)
SPOILED = {*BLURRED, *COVERED, *JUMPED}


@pytest.fixture(scope="module")
def flies(workspace: Path) -> Path:
    return workspace / "docs" / "examples" / "flies"


@pytest.fixture(scope="module")
def clip(flies: Path) -> ModuleType:
    """What renders the clip of flies, and knows where they are."""
    spec = importlib.util.spec_from_file_location("make_clip", flies / "make_clip.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def spoiled(clip: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sixty frames of the clip as images, of which ten were spoiled."""
    folder = tmp_path_factory.mktemp("spoiled") / "frames"
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(clip.FRAMES):
        animals = clip.flies_at(number)
        if number in JUMPED:  # one of the flies is elsewhere for a moment
            x, y, angle = animals[1]
            animals[1] = (x, y - 45, angle + 2)
        image = clip.image_of(animals, random)
        if number in BLURRED:
            image = gaussian_filter(image, BLURRED[number])
        if number in COVERED:
            x, y, _ = animals[number % 2]
            covered(image, x, y, side=60, gray=205)
        Image.fromarray(image).save(folder / f"{number:02}.png")
    return folder


def covered(image: Any, x: float, y: float, side: int, gray: int) -> None:
    """Hide the surroundings of a place, in the color of the ground."""
    top, left = max(0, int(y) - side // 2), max(0, int(x) - side // 2)
    image[top : top + side, left : left + side] = gray


@pytest.fixture(scope="module")
def untracked(keras: Any, flies: Path, spoiled: Path, tmp_path_factory: Any) -> Path:
    """What the model of the repository finds in these frames."""
    output = tmp_path_factory.mktemp("predicted") / "flies.slp"
    poise_workflows.predict(spoiled, flies / "model", output, progress="none")
    return Path(output)


@pytest.fixture(scope="module", params=["untracked", "tracked"])
def predicted(request: pytest.FixtureRequest, untracked: Path) -> Path:
    if request.param == "untracked":
        return untracked
    tracked = untracked.with_name("tracked.slp")
    poise_workflows.track(untracked, tracked, progress="none")
    return tracked


def test_of_the_first_twelve_suggestions_at_least_eight_are_spoiled_frames(
    predicted: Path, tmp_path: Path
) -> None:
    result = poise_workflows.suggest(predicted, tmp_path / "project.slp", n=12)

    first = [frame.frame for frame in result.frames]
    assert len(first) == 12
    assert len(SPOILED & set(first)) >= 8


@pytest.mark.parametrize(
    ("by", "frames"),
    [
        ("score", {5, 39}),
        ("jump", {*JUMPED}),
        ("count", {*COVERED, 22, 51}),
        ("missing", {*COVERED, 22, 51}),
    ],
)
def test_each_suggester_names_first_what_it_is_there_for(
    by: str, frames: set[int], predicted: Path, tmp_path: Path
) -> None:
    result = poise_workflows.suggest(predicted, tmp_path / "project.slp", n=len(frames), by=by)

    assert {frame.frame for frame in result.frames} == frames


REAL = {
    "two animals": ("clip.mp4", "min_tracks_2node.UNet.bottomup_multiclass"),
    "one robot": ("small_robot.mp4", "minimal_robot.UNet.single_instance"),
}
"""Name → a video and the model that SLEAP trained for it."""

SPACING = 12
"""Every so many frames of a real clip, one is spoiled."""


@pytest.mark.slow
@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("name", REAL)
def test_so_it_is_with_a_real_clip_and_the_model_of_sleap(
    name: str, shared: Path, tmp_path: Path
) -> None:
    video, folder = REAL[name]
    model = shared / "sleap" / "models" / folder
    images = frames_of(shared / "sleap" / "videos" / video, 10 * SPACING)
    faults = spoil(images, np.random.default_rng(0))

    poise_workflows.predict(
        written(images, tmp_path / "spoiled"), model, tmp_path / "flies.slp", progress="none"
    )
    result = poise_workflows.suggest(tmp_path / "flies.slp", tmp_path / "project.slp", n=12)

    assert len(faults) == 10
    assert len(faults & {frame.frame for frame in result.frames}) >= 8


def frames_of(video: Path, count: int) -> list[Any]:
    import av

    with av.open(str(video)) as file:
        frames = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
    return frames[:count]


def written(images: Sequence[Any], folder: Path) -> Path:
    folder.mkdir()
    for number, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{number:03}.png")
    return folder


def place_of(image: Any, images: Sequence[Any]) -> tuple[int, int]:
    """Where something moves, x and y: the image differs most there from what is usual."""
    usual = np.median(images[:: len(images) // 20], axis=0)
    moving = gaussian_filter(np.abs(image - usual).mean(axis=-1), 6)
    y, x = np.unravel_index(moving.argmax(), moving.shape)
    return int(x), int(y)


def spoil(images: list[Any], random: Any) -> set[int]:
    """Spoil ten frames: blur four, cover an animal in three, show another moment in three."""
    numbers = [int(SPACING * index + random.integers(3, SPACING - 3)) for index in range(10)]
    originals = list(images)
    for index, number in enumerate(numbers):
        if index < 4:
            images[number] = gaussian_filter(originals[number], (8, 8, 0))
        elif index < 7:
            images[number] = originals[number].copy()
            x, y = place_of(originals[number], originals)
            gray = np.median(originals[number], axis=(0, 1))
            covered(images[number], x, y, side=min(images[number].shape[:2]) // 4, gray=gray)
        else:
            images[number] = originals[(number + len(images) // 2) % len(images)]
    return set(numbers)
