"""Decode predictions of a model into animals, by the rules of its head type."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from poise import editions
from poise.arrays import NO_NUMBERS, native, on_host, readable
from poise.building.outputs import stack_of
from poise.building.record import record_of
from poise.building.resolving import Resolution
from poise.errors import DecodeError, Fault, PluginError
from poise.instances import Instances
from poise.messages import join_names, short_repr, suggestion
from poise.missing import explained, noted, usable, warn_of
from poise.registry import Registry, using
from poise.scalars import plain


def decode(
    model: Any,
    predictions: Mapping[str, Any],
    *,
    input_scaling: npt.ArrayLike | None = None,
    stack: int = -1,
    registry: Registry | None = None,
    **options: Any,
) -> Instances:
    """Turn predictions into instances.

    Args:
        model: a model of ``poise.build`` or ``poise.load``, or the result of ``poise.resolve``
            for its configuration. The configuration's edition decides where SLEAP 1.4 and its
            documentation differ.
        predictions: the outputs of the model for a batch of images: arrays of any backend, by
            output name. Several stacks are numbered ``_0``, ``_1``, …
        input_scaling: the factor by which images were resized before the model; or the
            factors of x and y, ``(2,)``; or those of each image, ``(N, 2)``, or ``(N, 1)`` if
            x and y share it. Points are returned in pixels of the image before resizing; 1
            keeps pixels of the model's input. ``None``: the factor of the job that the model
            was built from, and 1 if there is no job.
        stack: index of the stack to decode; by default the last one, which refines the others.
        registry: the registry of plugins to decode with, for a head type that looks up others;
            by default the one in force.
        options: options of the head type's decoder; see ``poise.heads[key].decode``.
            All head types of SLEAP have ``threshold`` and ``refinement``.

    Raises:
        DecodeError: these predictions cannot be decoded. The error lists every reason.
        PluginError: the head type cannot decode, or its decoder did not return instances.

    Warns:
        DecodeWarning: no image has an animal (``Instances.missing`` says why of each); or scores
            are so high that the images probably had values 0…255 instead of 0…1; or predictions
            are NaN, infinite or absurdly large. These count as 0, and ``Instances.notes`` tells
            the images that have them.
    """
    resolution = _resolution(model)
    head = resolution.head
    if head.decode is None:
        raise PluginError(f"head type {head.key!r} has no decoder: its plugin provides none")
    faults: list[Fault] = []
    options = {name: plain(value) for name, value in options.items()}
    chosen = _of_stack(resolution, predictions, stack, faults)
    faults += _faults_of_options(head, options)
    scaling = np.asarray(_own_scaling(model))
    if input_scaling is not None:
        scaling = _factors(input_scaling, faults)
    if faults:
        raise DecodeError(faults, "predictions cannot be decoded" if len(faults) > 1 else "")
    unusable = usable(chosen)
    with using(registry), editions.edition(resolution.config.edition):
        instances = head.decode(resolution.config.heads.which_oneof(), chosen, **options)
        if not isinstance(instances, Instances):  # of a spec that no registry handed out
            raise PluginError(
                f"decode of head {head.key!r} must return poise.Instances, "
                f"got {type(instances).__name__}"
            )
        _refuse_other_shapes(scaling, len(instances))
        if head.stage != "crop":  # a head of crops must tell for itself: many may be of one image
            main = resolution.outputs[0].name
            instances = explained(instances, main, chosen[main], head.decode, options)
        if unusable:
            instances = noted(instances, unusable, options.get("images"))
        warn_of(instances)
        return instances.unscaled(scaling if scaling.ndim else scaling.item())


def _resolution(model: Any) -> Resolution:
    if isinstance(model, Resolution):
        return model
    record = record_of(model)
    if record is None:
        what = (
            f"must be a model of poise.build or poise.load, or poise.resolve(config), "
            f"got {type(model).__name__}"
        )
        raise DecodeError([Fault(what, "model")])
    return record.resolution


def _own_scaling(model: Any) -> float:
    record = record_of(model)
    return 1.0 if record is None else record.input_scaling


def _factors(scaling: Any, faults: list[Fault]) -> npt.NDArray[Any]:
    """The factors as an array of NumPy; appends to ``faults``."""
    try:
        factors = np.asarray(on_host(scaling))
    except ValueError:  # ragged lists
        factors = np.empty(0, dtype=object)
    if factors.dtype.kind not in "iuf" or not np.all((factors > 0) & np.isfinite(factors)):
        faults.append(Fault(f"must be a number > 0, got {short_repr(scaling)}", "input_scaling"))
    return factors


def _refuse_other_shapes(factors: npt.NDArray[Any], images: int) -> None:
    # Only the decoder knows how many images there are: predictions may be of crops.
    if factors.shape not in ((), (2,), (images, 1), (images, 2)):
        what = (
            f"must be a number, x and y (2,), or a row for each image ({images}, 1) or "
            f"({images}, 2), got the shape {factors.shape}"
        )
        raise DecodeError([Fault(what, "input_scaling")])


def _of_stack(
    resolution: Resolution, predictions: Any, stack: int, faults: list[Fault]
) -> dict[str, Any]:
    """The outputs of one stack under plain names; appends to ``faults``."""
    if not isinstance(predictions, Mapping):
        what = f"must be a dict of outputs by name, got {type(predictions).__name__}"
        faults.append(Fault(what, "predictions"))
        return {}
    chosen = {}
    for output in resolution.outputs:
        stacks = {
            parts[1]: name
            for name in predictions
            if (parts := stack_of(str(name))) and parts[0] == output.name
        }
        name = output.name
        if name not in predictions:
            if not stacks:
                what = f"no output {name!r}; predicted: {join_names(predictions) or 'none'}"
                faults.append(Fault(what, "predictions"))
                continue
            number = stack if stack >= 0 else len(stacks) + stack
            if number not in stacks:
                names = join_names(sorted(stacks.values()))
                what = f"no stack {stack} of {name!r}; predicted: {names}"
                faults.append(Fault(what, "stack"))
                continue
            name = stacks[number]
        array = native(readable(predictions[name]))
        lengths: Any = getattr(array, "shape", ())
        shape: tuple[int, ...] = tuple(lengths)
        if len(shape) != (4 if output.spatial else 2) or shape[-1] != output.channels:
            axes = "(N, H, W, {})" if output.spatial else "(N, {})"
            what = f"must have the shape {axes.format(output.channels)}, got {shape}"
            faults.append(Fault(what, f"predictions[{name!r}]"))
            continue
        if 0 in shape[1:]:
            what = f"must have at least one cell, got {shape}"
            faults.append(Fault(what, f"predictions[{name!r}]"))
            continue
        if isinstance(array, np.ndarray) and array.dtype.kind in NO_NUMBERS:
            what = f"must be an array of numbers, got {array.dtype}"
            faults.append(Fault(what, f"predictions[{name!r}]"))
            continue
        chosen[output.name] = array
    images = {name: int(array.shape[0]) for name, array in chosen.items()}
    if len(set(images.values())) > 1:
        counts = join_names(f"{name} {count}" for name, count in images.items())
        what = f"all outputs must have the same batch size, got {counts}"
        faults.append(Fault(what, "predictions"))
    return chosen


def _faults_of_options(head: Any, options: dict[str, Any]) -> list[Fault]:
    is_hashable = isinstance(head.decode, Hashable)
    names = (_kept_names if is_hashable else _names_of_options)(head.decode)
    if names is None:
        return []
    return [
        Fault(f"head type {head.key!r} has no such option; {suggestion(name, names)}", name)
        for name in options
        if name not in names
    ]


def _names_of_options(decode: Callable[..., Any]) -> list[str] | None:
    """The options of a decoder; ``None`` if it takes any."""
    parameters = inspect.signature(decode).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return None
    return [parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY]


# Reading a signature takes longer than decoding an animal.
_kept_names = lru_cache(maxsize=64)(_names_of_options)
