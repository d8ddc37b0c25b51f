"""From a reading to a model with its weights."""

from __future__ import annotations

from contextlib import nullcontext
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from poise.building.assembly import build
from poise.errors import BuildError, Fault
from poise.messages import argument, argument_path, join_names
from poise.model_folder.saving import restore
from poise.reading.built import Asked, Built, ImageUnknownError, NoWeightsError, PartialImage
from poise.reading.zipped import folder_of
from poise.weights.assign import fill
from poise.weights.formats import ENDINGS, find_weights, open_weights

if TYPE_CHECKING:
    from poise.reading.readings import Reading
    from poise.specs import Image
    from poise.weights import WeightsFile


def filled(reading: Reading, weights: str | PathLike[str] | None, asked: Asked) -> Built:
    """Build the model of a reading. Only ``Reading`` calls this function."""
    try:
        if reading.model_folder is None or weights != "auto":
            return _from_file(reading, _path_of(reading, weights), asked)
        return _restored(reading, reading.model_folder, asked)
    except BuildError as error:
        raise error.with_heading(str(reading.source)) from None


def _path_of(reading: Reading, weights: str | PathLike[str] | None) -> Path | None:
    if weights is None or weights == "none":
        return None
    if weights != "auto":
        return find_weights(weights)
    if reading.weights is None and reading.looked_in is not None:
        raise NoWeightsError(_no_weights(reading.looked_in))
    return reading.weights


def _no_weights(place: Path) -> str:
    """A random model must not pass for the trained one that a model folder describes."""
    there = sorted(path.name for path in place.iterdir()) if place.is_dir() else []
    return (
        f"{place}: must hold weights (best_model.h5, or another *{', *'.join(ENDINGS)}), "
        f"got {join_names(there, 8) or 'an archive without any'}\n"
        "  fix: if the weights are in another file, give it with "
        f"{argument('weights', value='file', option_value='FILE')}; to build the model without "
        f"them, use {argument('weights', value='None', option_value='none')}"
    )


def _from_file(reading: Reading, weights: Path | None, asked: Asked) -> Built:
    """Open the weights once, for their number of channels and for their arrays."""
    edition = asked.edition
    config = attrs.evolve(reading.config, edition=edition) if edition else reading.config
    skeleton = asked.skeleton or reading.skeleton
    classes = asked.classes or reading.classes
    pads = reading.auto_pad if asked.auto_pad is None else asked.auto_pad
    with open_weights(weights) if weights else nullcontext() as file:
        model = build(
            config, _size(reading, asked.image, file), skeleton, classes, pads, job=reading.job
        )
        report = fill(model, file) if file else None
    return Built(model=model, weights=weights, report=report)


def _restored(reading: Reading, saved: Path, asked: Asked) -> Built:
    """Restore a model folder as ``poise.load`` does, which verifies it."""
    size = _size(reading, asked.image, None)
    overrides = {**attrs.asdict(asked, recurse=False), "image": size}
    with folder_of(saved) as folder:
        # The frames above restore: this function, filled, Reading.build, and then the caller.
        model, report = restore(folder, **overrides, shown_as=saved, stacklevel=5)
    report = attrs.evolve(report, source=str(reading.weights))
    return Built(model=model, weights=reading.weights, report=report)


def _size(reading: Reading, image: PartialImage | None, weights: WeightsFile | None) -> Image:
    """The image to build for; ``build`` reports an invalid argument."""
    size: Any = reading.image if image is None else image
    if not isinstance(size, tuple | list) or len(size) != 3 or size[2] is not None:
        return size  # type: ignore[return-value]
    channels = reading.image[2] or (_channels_of(weights) if weights else None)
    if channels is None:
        what = (
            f"must name the channels of images, as in (None, None, 1), got {tuple(size)}; neither "
            f"{reading.source.name} nor the weights say how many"
        )
        raise ImageUnknownError([Fault(what, argument_path("image"))])
    return size[0], size[1], channels


def _channels_of(weights: WeightsFile) -> int | None:
    # The file has the model's order: the first kernel (H, W, in, out) sees the image.
    kernels = (record.shape for record in weights.records if len(record.shape) == 4)
    return next((shape[2] for shape in kernels), None)
