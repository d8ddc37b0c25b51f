"""Build a ``keras.Model``: attach each output to the features of its stride."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from poise import editions
from poise.building.counting import built, no_memory
from poise.building.exactness import refuse_inexact_layers
from poise.building.limits import TooLarge
from poise.building.outputs import model_of, suffixes
from poise.building.record import BuildRecord, keep_record
from poise.building.resolving import Resolution, resolve
from poise.building.sizes import check_image_size, checked_image
from poise.config import ModelConfig
from poise.errors import BuildError, Fault, PluginError
from poise.job.sections import JobRecord
from poise.messages import argument_path, join_names, short_repr
from poise.processes import logs
from poise.registry import Registry, default, origin_of, using
from poise.scalars import is_integer
from poise.skeleton import Skeleton
from poise.specs import Features, Image, Output, Tensor

if TYPE_CHECKING:
    import keras


def build(
    config: ModelConfig,
    image: Image,
    skeleton: Skeleton | None = None,
    classes: Sequence[str] | None = None,
    auto_pad: bool = False,
    seed: int | None = None,
    job: JobRecord | None = None,
    *,
    registry: Registry | None = None,
) -> keras.Model:
    """Build the Keras model of a configuration.

    The model takes images ``(N, H, W, C)``, float32 in 0…1, and returns a dict of outputs by
    name (``confmaps``, ``pafs``, ``offsets``, ``class_maps``, ``class_vectors``, or those of a
    third-party head; with ``_0``, ``_1``, … for several stacks): maps
    ``(N, H/stride, W/stride, channels)``, vectors ``(N, channels)``. Layers have the names
    that SLEAP 1.4 gives them, because weights are looked up by name. ``config`` is not changed.

    Args:
        config: a configuration with one backbone and one head type set.
        image: height and width of the images in pixels, ``None`` for any, and channels. A
            model for any size pads and crops as with ``auto_pad``.
        skeleton: part and edge names, if the configuration does not name them.
        classes: class names, if the configuration does not name them.
        auto_pad: pad images of any size at the bottom and the right inside the model, and
            crop the maps back to ``ceil(size / stride)`` cells.
        seed: decides the initial weights: the same seed gives the same weights on every
            backend. Without it they follow ``keras.utils.set_random_seed`` on every backend,
            and differ between builds if that was not called.
        job: how images are prepared for the model, and the other sections of its job, as
            ``poise.read(path).job`` has them. Poise keeps them with the model, ``poise.save``
            writes them, and ``poise.decode`` takes ``input_scaling`` from them. ``None``:
            images are not resized.
        registry: the registry of plugins to build it with; by default the one in force.

    Raises:
        BuildError: no such model can be built. The error lists every reason: sections or names
            that are missing, plugins that are not installed, strides that do not fit, an image
            size that is not a multiple of the backbone's stride, a Keras that computes a layer by
            other numbers than its definition.
        PluginError: a plugin returned a value that the contract does not allow.
    """
    with using(registry):
        image, seed, job = checked_image(image), _checked_seed(seed), _checked_job(job)
        resolution = resolve(config, skeleton, classes)
        section = resolution.config.backbone.which_oneof()
        smallest = resolution.backbone.minimum_size
        minimum = smallest(section) if smallest else 1
        check_image_size(image, resolution.max_stride, minimum, padded=auto_pad)

        try:
            with editions.edition(config.edition):
                model, names = built(lambda: _connected(resolution, image, auto_pad, minimum), seed)
        except TooLarge as error:
            raise BuildError(error.faults) from None
        refuse_inexact_layers(model)
        record = BuildRecord(
            config=config,
            resolution=resolution,
            image=image,
            skeleton=skeleton,
            classes=None if classes is None else tuple(classes),
            auto_pad=auto_pad,
            job=job,
            names=names,
        )
        keep_record(model, record)
        logs.info(__name__, "built %s for images %s", model.name, image)
        default().notify_built(model, config)
        return model


def _checked_seed(seed: Any) -> int | None:
    if seed is None:
        return None
    if is_integer(seed) and seed >= 0:
        return int(seed)
    what = f"must be an integer ≥ 0, or None, got {short_repr(seed)}"
    raise BuildError([Fault(what, argument_path("seed"))])


def _checked_job(job: Any) -> JobRecord:
    if job is None:
        return JobRecord()
    if isinstance(job, JobRecord):
        return job
    what = f"must be a JobRecord, as poise.read(path).job, got {short_repr(job)}"
    raise BuildError([Fault(what, argument_path("job"))])


def _connected(
    resolution: Resolution, image: Image, auto_pad: bool, minimum: int
) -> tuple[keras.Model, dict[str, tuple[str, ...]]]:
    """The model, and the names of each output in it, one per stack."""
    import keras

    from poise.blocks.padding import CropToImage, PadToMultiple

    if keras.config.image_data_format() != "channels_last":
        what = "Keras is set to channels_first; models here have axes (N, H, W, C)"
        hint = "call keras.config.set_image_data_format('channels_last')"
        raise BuildError([Fault(f"{what}; {hint}", argument_path("image"))])
    section = resolution.config.backbone.which_oneof()
    images = keras.Input(shape=image, name="input", dtype="float32")
    multiple = resolution.max_stride
    padded = images
    # An open size is padded in any case: only the images will say whether they fit (D67).
    if any(size is None or (auto_pad and size % multiple) for size in image[:2]):
        padded = PadToMultiple(multiple, minimum, name="input_pad")(images)
    stacks = _checked(_features(resolution, section, padded), resolution)
    _refuse_strides_not_offered(stacks, resolution)
    endings = suffixes(len(stacks))
    names = {
        output.name: tuple(f"{output.name}{suffix}" for suffix in endings)
        for output in resolution.outputs
    }
    outputs: dict[str, Tensor] = {}
    for output in resolution.outputs:
        for suffix, features in zip(endings, stacks, strict=True):
            tensor = _predictions(output, features[output.stride], suffix, resolution)
            if padded is not images and output.spatial:
                name = f"{output.layer_name}{suffix}_crop"
                tensor = CropToImage(name=name)([tensor, images, padded])
            outputs[f"{output.name}{suffix}"] = tensor
    name = f"{resolution.backbone.key}_{resolution.head.key}"
    return model_of(images, outputs, name), names


def _features(resolution: Resolution, section: Any, images: Tensor) -> Any:
    """What the backbone builds; raises if its numbers or the memory do not allow that."""
    where = f"model.backbone.{resolution.backbone.key}"
    try:
        return resolution.backbone.build(section, images)
    except TooLarge as error:
        raise error.under(where) from None
    except PluginError as error:
        if isinstance(error.__cause__, MemoryError):
            raise no_memory() from error
        if isinstance(error.__cause__, OverflowError):
            what = "must have numbers that a network can be computed from, got larger ones"
            raise BuildError([Fault(what, where)]) from error
        raise


def _predictions(output: Output, feature: Tensor, suffix: str, resolution: Resolution) -> Tensor:
    try:
        tensor = output.layer(feature, suffix)
    except BuildError as error:
        raise error.under(f"model.heads.{resolution.head.key}") from None
    shape = getattr(tensor, "shape", None)
    if shape is None or shape[-1] != output.channels or len(shape) != (4 if output.spatial else 2):
        axes = "(N, H, W, {})" if output.spatial else "(N, {})"
        built = f"a {type(tensor).__name__}" if shape is None else f"{tuple(shape)}"
        raise PluginError(
            f"output {output.name!r} of head {resolution.head.key!r} must have the shape "
            f"{axes.format(output.channels)}, got {built}{origin_of(output.build)}"
        )
    return tensor


def _refuse_strides_not_offered(stacks: list[Features], resolution: Resolution) -> None:
    # An output needs features of its stride in every stack.
    offered = sorted(set.intersection(*(set(stack) for stack in stacks)))
    faults = [
        Fault(
            f"{output.name} asks for features of stride {output.stride}; "
            f"{resolution.backbone.key} offers {join_names(offered)}",
            f"model.heads.{resolution.head.key}.{output.where}",
        )
        for output in resolution.outputs
        if output.stride not in offered
    ]
    if faults:
        raise BuildError(faults, "strides do not fit" if len(faults) > 1 else "")


def _checked(stacks: Any, resolution: Resolution) -> list[Features]:
    """The features that a backbone returned; raises if they are malformed."""
    well_formed = (
        isinstance(stacks, list | tuple)
        and len(stacks) > 0
        and all(isinstance(stack, dict) and stack for stack in stacks)
        and all(is_integer(stride) for stack in stacks for stride in stack)
        and all(len(getattr(x, "shape", ())) == 4 for stack in stacks for x in stack.values())
    )
    if not well_formed:
        raise PluginError(
            f"backbone {resolution.backbone.key!r} must build a list with one dict "
            f"{{stride: features (N, H, W, C)}} per stack, got a {type(stacks).__name__}"
            f"{_contents_of(stacks)}{origin_of(resolution.backbone.build)}"
        )
    if len(stacks) != resolution.stacks:
        raise PluginError(
            f"backbone {resolution.backbone.key!r} must build as many stacks as its "
            f"stacks(config) returns, {resolution.stacks}, got {len(stacks)}"
            f"{origin_of(resolution.backbone.build)}"
        )
    return list(stacks)


def _contents_of(stacks: Any) -> str:
    if isinstance(stacks, dict):
        return f" with the keys {join_names(stacks)}"
    if isinstance(stacks, list | tuple):
        return f" of {join_names(type(stack).__name__ for stack in stacks) or 'nothing'}"
    return ""
