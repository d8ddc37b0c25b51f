"""Presets of KerasCV and KerasHub on disk: folders with a network and its weights.

A preset is a folder with ``config.json`` (class and arguments) and ``model.weights.h5``;
KerasHub's also has ``image_converter.json``. The libraries download presets by name into
Kaggle's cache. Poise reads that cache and never writes to it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from poise.errors import FaultsError, WeightsError
from poise.files import read_text_of
from poise.messages import join_names, short_repr
from poise.settings import KAGGLEHUB_CACHE
from poise.specs import Normalization
from poise.weights import find_weights
from poise.wire.plain import refuse_abundance

CONFIG = "config.json"
WEIGHTS = "model.weights.h5"
CONVERTER = "image_converter.json"
SCHEME = "kaggle://"

Conversion = tuple[tuple[float, ...], tuple[float, ...]]
"""Factor and shift of red, green and blue, for images in 0…1."""

NOT_THE_NETWORK = {
    "name", "trainable", "dtype", "build_config", "data_format",
    "include_rescaling", "input_shape", "image_shape", "input_tensor",
}  # fmt: skip
"""Arguments that do not affect the shapes or the order of the weights."""


def weights_file(path: str | os.PathLike[str]) -> Path:
    """The weights file at a path: a file, a preset's folder, or a folder with one such file.

    Raises:
        WeightsError: there is no such file.
    """
    preset = Path(path, WEIGHTS)
    return preset if Path(path, CONFIG).is_file() and preset.is_file() else find_weights(path)


def in_kaggle_cache(handle: str) -> Path | None:
    """The weights file of a preset that the library has downloaded, or ``None``.

    Args:
        handle: ``kaggle://owner/model/keras/name/version``.

    Raises:
        WeightsError: the files exist without the markers that Kaggle's library writes after a
            complete download.
    """
    cache = KAGGLEHUB_CACHE.text() or str(Path("~/.cache/kagglehub").expanduser())
    *model, version = handle.removeprefix(SCHEME).split("/")
    parent = Path(cache, "models", *model)
    file = parent / version / WEIGHTS
    if not file.is_file():
        return None
    mark = parent / ".complete" / version / f"{WEIGHTS}.complete"
    if mark.is_file() or (parent / f"{version}.complete").is_file():
        return file
    raise WeightsError(
        f"{file}: may be cut short: {mark} is missing, which marks whole files\n"
        "  fix: if the file is whole, create that empty file; or remove it and fetch it again"
    )


def disagreements(folder: Path, cls: str, arguments: dict[str, Any], name: str) -> list[str]:
    """The differences between a network and the one in a preset's ``config.json``, in words.

    Args:
        folder: folder of the preset.
        cls: class of the network.
        arguments: arguments of the network.
        name: name of the network.

    Returns:
        An empty list if the networks are equal, or if the folder is not a preset.
    """
    preset = _read(folder / CONFIG)
    published = preset.get("config")
    if not isinstance(published, dict):
        return []  # not a preset, but a folder with another config.json
    if preset.get("class_name") != cls:
        return [f"class {short_repr(preset.get('class_name'))}, {name} is a {cls}"]
    expected = json.loads(json.dumps(arguments, default=str))
    return [
        f"{key} {short_repr(published[key])}, {name} has {short_repr(expected[key])}"
        for key in sorted(set(published) & set(expected) - NOT_THE_NETWORK)
        if published[key] != expected[key]
    ]


def converted(folder: Path) -> Conversion | None:
    """The image conversion of a preset's network, from its ``image_converter.json``.

    Returns:
        Factor and shift of red, green and blue, for images in 0…1; ``None`` if it has none.
    """
    config = _read(folder / CONVERTER).get("config")
    if not isinstance(config, dict):
        return None
    scale, offset = config.get("scale"), config.get("offset")
    try:
        factors = tuple(255 * factor for factor in _three(1.0 if scale is None else scale))
        return factors, _three(0.0 if offset is None else offset)
    except (OverflowError, TypeError, ValueError) as error:
        what = f"scale and offset must be a number or three, got {short_repr((scale, offset))}"
        raise WeightsError(f"{folder / CONVERTER}: {what}") from error


def conversion(normalization: Normalization | None) -> Conversion:
    """Factor and shift of a normalization, for images in 0…1."""
    norm = normalization or Normalization()
    factors = tuple(norm.scale / std for std in norm.std)
    return factors, tuple(-m / d for m, d in zip(norm.mean, norm.std, strict=True))


def refuse_another_network(
    file: Path, title: str, cls: str, arguments: dict[str, Any], name: str
) -> None:
    """Refuse a file of a preset whose ``config.json`` names another network.

    Raises:
        WeightsError: the network differs. The error lists every argument that differs.
    """
    differ = disagreements(file.parent, cls, arguments, name)
    if differ:
        raise WeightsError(
            f"{file.parent / CONFIG}: is not of {name}, which {title} is for\n"
            f"  got: {join_names(differ, 4)}\n"
            "  fix: choose the variant that the preset is of, or a preset of this variant"
        )


def refuse_other_images(
    file: Path, title: str, images: str, choices: Mapping[str, Normalization | None]
) -> None:
    """Refuse a preset whose network was trained with another image normalization.

    Args:
        file: the weights file.
        title: title of the weights.
        images: the key in ``choices`` that the model uses.
        choices: the normalizations that a model may use, by name.

    Raises:
        WeightsError: the normalizations differ. The error names the choice that fits.
    """
    trained = converted(file.parent)
    if trained is None or _alike(trained, conversion(choices[images])):
        return
    fitting = [name for name, choice in choices.items() if _alike(trained, conversion(choice))]
    fix = f"set normalization to {fitting[0]!r}" if fitting else "no normalization here does this"
    factors, shifts = (", ".join(f"{number:.4g}" for number in row) for row in trained)
    raise WeightsError(
        f"{file.parent / CONVERTER}: {title} is for other images than {images!r}\n"
        f"  got: images in 0…1, red, green, blue times {factors}, plus {shifts}\n"
        f"  fix: {fix}"
    )


def _alike(first: Conversion, second: Conversion) -> bool:
    pairs = [pair for rows in zip(first, second, strict=True) for pair in zip(*rows, strict=True)]
    return all(abs(a - b) <= 1e-3 * max(1.0, abs(b)) for a, b in pairs)


def _three(value: Any) -> tuple[float, ...]:
    values = tuple(map(float, value)) if isinstance(value, list) else (float(value),)
    if len(values) not in (1, 3):
        raise ValueError(len(values))
    return values * 3 if len(values) == 1 else values


def _read(file: Path) -> dict[str, Any]:
    try:
        text = read_text_of(file).decode()
        refuse_abundance(text, "")
        content = json.loads(text)
    except FileNotFoundError:
        return {}
    except FaultsError as error:
        raise WeightsError(str(error if error.heading else error.with_heading(str(file)))) from None
    except (OSError, ValueError) as error:
        raise WeightsError(f"{file}: cannot be read: {error}") from error
    return content if isinstance(content, dict) else {}
