"""Weights files of another library's networks, for networks that are built from these.

Keras loads such a file into the library's network. Poise then reads the arrays from that
network, under its own layer names: nothing depends on names that Keras gave automatically.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import attrs

from poise.errors import WeightsError
from poise.libraries.presets import (
    in_kaggle_cache,
    refuse_another_network,
    refuse_other_images,
    weights_file,
)
from poise.libraries.variants import Preset
from poise.messages import described, join_names
from poise.specs import Features, Normalization, PublishedWeights, Tensor
from poise.weights import Record, WeightsFile, open_weights
from poise.weights.slots import slots_of


@attrs.frozen(kw_only=True)
class LibraryNetwork:
    """A library's network, and how to build its copy.

    Attributes:
        name: name of the network in messages.
        make: ``make(channels)``: the library's model.
        features: ``features(model, image)``: the same network on an image.
        image_layer: name of the layer that sees the image.
        parameters: number of parameters of the library's model.
        images: the key in ``normalizations`` that the model uses.
        normalizations: the normalizations that a model may use, by name.
    """

    name: str
    make: Callable[[int], Any]
    features: Callable[[Any, Tensor], Features]
    image_layer: str
    parameters: int = 0
    images: str = "as they are"
    normalizations: Mapping[str, Normalization | None] = {"as they are": None}


def published(
    source: str, network: LibraryNetwork, *, key: str, library: str, presets: Mapping[str, Preset]
) -> PublishedWeights:
    """The weights that a field ``weights`` names.

    Args:
        source: the name of a preset, or a path.
        network: the network that they are for.
        key: key of the backbone.
        library: name of the library in prose.
        presets: presets of the library.
    """
    preset = presets.get(source)
    title = f"{library}'s {source}" if preset else f"A weights file of {library}'s {network.name}"
    common: dict[str, Any] = {
        "title": title,
        "checksum": "",
        "image_layers": (network.image_layer,),
        "opened": partial(opened, network, title),
        "fetched": False,
        "size": 4 * network.parameters,
    }
    if preset is None:
        return PublishedWeights(
            name=f"{key}-{network.name}",
            file=Path(source).name,
            url=source,
            path=partial(weights_file, source),
            **common,
        )
    return PublishedWeights(
        name=f"{key}-{source}",
        file=f"{source}.weights.h5",
        url=preset.page,
        license="not stated",
        elsewhere=partial(in_kaggle_cache, preset.handle),
        **common,
    )


@contextmanager
def opened(network: LibraryNetwork, title: str, file: Path) -> Iterator[WeightsFile]:
    """Open a weights file of a library's network.

    Args:
        network: the network that the file is for.
        title: title of the weights.
        file: a ``.weights.h5`` or ``.keras`` file, or an ``.h5`` file of Keras 2. A preset's
            ``config.json`` may be next to it.

    Returns:
        The arrays under Poise's layer names.

    Raises:
        WeightsError: the file cannot be read, or is not for this network.
    """
    import keras

    model = network.make(3)
    refuse_another_network(file, title, type(model).__name__, model.get_config(), network.name)
    refuse_other_images(file, title, network.images, network.normalizations)
    with open_weights(file) as weights:  # raises if the file holds no weights
        _fill(model, weights, title)
    image = keras.Input((None, None, 3))
    features = network.features(model, image)
    slots = slots_of(keras.Model(image, features))
    in_file = sum(bool(record.layer) and not _is_seed(record) for record in weights.records)
    notes = list(weights.notes)
    if len(slots) < in_file:
        notes.append(f"{in_file - len(slots)} weights come after the last features: not needed")
    yield attrs.evolve(
        weights,
        records=tuple(Record(s.layer, s.role, s.shape, _reader(s.variable)) for s in slots),
        named=True,
        notes=tuple(notes),
    )


def _fill(model: Any, file: WeightsFile, title: str) -> None:
    """Load every array of a file into the library's model, and fill every weight."""
    arrays = [record for record in file.records if not _is_seed(record)]
    if len(arrays) != len(model.weights):
        raise WeightsError(
            f"{file.source}: is not {title}: must have {len(model.weights)} weights, as "
            f"{model.name!r} has, got {len(arrays)}"
        )
    _refuse_bombs(model, arrays, file, title)
    by_name = False
    if file.format.startswith("HDF5"):
        by_name = _needs_names(model, file, title)
    try:
        model.load_weights(str(file.source), **({"by_name": True} if by_name else {}))
    except Exception as error:  # Keras raises many types here
        raise WeightsError(f"{file.source}: is not {title}: {described(error)}") from error


def _refuse_bombs(model: Any, arrays: list[Record], file: WeightsFile, title: str) -> None:
    """Read every array once, within its size, before Keras reads the file without limits."""
    sizes = {math.prod(weight.shape) for weight in model.weights}
    for record in arrays:
        if math.prod(record.shape) not in sizes:
            what = f"{record.name} has the shape {record.shape}, and no weight has that size"
            raise WeightsError(f"{file.source}: is not {title}: {what}")
        record.read()


def _needs_names(model: Any, file: WeightsFile, title: str) -> bool:
    """Whether the layers of an ``.h5`` file are in another order than the model's.

    Keras loads such a file by order. Poise checks that the names agree.
    """
    from poise.libraries.replay import is_automatic

    names = list(dict.fromkeys(record.layer[0] for record in file.records if record.layer))
    owners = [layer for layer in model.layers if layer.weights]
    expected = [layer.name for layer in owners]
    if names == expected:
        return False
    if sorted(names) == sorted(expected):
        return True
    differ = [
        f"{name!r} for {layer.name!r}"
        for layer, name in zip(owners, names, strict=False)
        if layer.name != name and not is_automatic(layer)
    ]
    if differ or len(names) != len(expected):
        raise WeightsError(
            f"{file.source}: is not {title}: must have {len(expected)} layers, got {len(names)}; "
            f"of other names: {join_names(differ, 4) or 'none'}"
        )
    return False


def _is_seed(record: Record) -> bool:
    """Whether an array is the state of a random generator rather than a weight."""
    return bool(record.layer) and record.layer[-1].startswith("seed_generator")


def _reader(variable: Any) -> Callable[[], Any]:
    def read() -> Any:
        import keras

        return keras.ops.convert_to_numpy(variable)

    return read
