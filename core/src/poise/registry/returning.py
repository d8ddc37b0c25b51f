"""What the functions of a spec must return, by the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from poise.messages import join_names, repeated, short_repr
from poise.scalars import is_integer
from poise.specs import (
    BackboneSpec,
    EncoderSpec,
    GraphDecoding,
    GraphOutput,
    HeadSpec,
    Output,
    PublishedWeights,
)


class Unexpected(Exception):
    """A function returned what the contract does not allow: ``must be X, got Y``."""


def returned(of: type, name: str, value: Any, args: tuple[Any, ...]) -> Any:
    """What a function returned, as the type that the contract names.

    Args:
        of: class of the object that the function belongs to.
        name: its name there.
        value: what it returned.
        args: what it was called with.

    Raises:
        Unexpected: the contract does not allow the value.
    """
    for base in of.__mro__:
        check = _RETURNS.get((base, name))
        if check is not None:
            return check(value, args)
    return value


def _positive(value: Any, args: Any) -> int:
    if not is_integer(value) or value < 1:
        raise Unexpected(f"must be an integer ≥ 1, got {short_repr(value)}")
    return int(value)


def _of_the_same_class(value: Any, args: Any) -> Any:
    if not isinstance(value, type(args[0])):
        what = f"must return a {type(args[0]).__name__}, got {short_repr(value)}"
        raise Unexpected(what)
    return value


def _keys(value: Any, args: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(key, str) for key in value):
        raise Unexpected(f"must be a tuple of keys, got {short_repr(value)}")
    return tuple(value)


def _sentences(value: Any, args: Any) -> tuple[str, ...]:
    sentences = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else None
    if sentences is None or not all(isinstance(sentence, str) for sentence in sentences):
        raise Unexpected(f"must be a list of sentences, got {short_repr(value)}")
    return sentences


def _published(value: Any, args: Any) -> PublishedWeights | None:
    if value is None:
        return None
    if not isinstance(value, PublishedWeights):
        raise Unexpected(f"must be poise.PublishedWeights, got {short_repr(value)}")
    texts = {name: getattr(value, name) for name in ("name", "title", "file", "url", "license")}
    wrong = next((name for name, text in texts.items() if not isinstance(text, str)), None)
    if wrong:
        raise Unexpected(f"must have a {wrong} that is a text, got {short_repr(texts[wrong])}")
    if not is_integer(value.size) or value.size < 0:
        raise Unexpected(f"must have a size ≥ 0 in bytes, got {short_repr(value.size)}")
    return value


def _all_published(value: Any, args: Any) -> tuple[PublishedWeights, ...]:
    if not isinstance(value, Iterable) or isinstance(value, str):
        raise Unexpected(f"must be a list of poise.PublishedWeights, got {short_repr(value)}")
    weights = [_published(each, args) for each in value]
    if None in weights:
        raise Unexpected("must be a list of poise.PublishedWeights, got None in it")
    return tuple(each for each in weights if each is not None)


def _weights(value: Any, args: Any) -> PublishedWeights:
    weights = _published(value, args)
    if weights is None:
        raise Unexpected("must be poise.PublishedWeights, got None")
    return weights


def _old_names(value: Any, args: Any) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        raise Unexpected(f"must be a mapping from layer name to names, got {short_repr(value)}")
    return value


def _outputs(value: Any, args: Any) -> tuple[Output, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise Unexpected(f"must be a tuple of poise.Output, got {short_repr(value)}")
    for output in value:
        if not isinstance(output, Output):
            raise Unexpected(f"must all be poise.Output, got a {type(output).__name__}")
        for name in ("stride", "channels"):
            number = getattr(output, name)
            if not is_integer(number) or number < 1:
                what = f": {name} of {output.name!r} must be an integer ≥ 1"
                raise Unexpected(f"{what}, got {short_repr(number)}")
        for name in ("name", "layer_name", "loss", "where"):
            if not isinstance(getattr(output, name), str):
                what = f"must have a {name} that is a text"
                raise Unexpected(f"{what}, got {short_repr(getattr(output, name))}")
    names = [output.name for output in value]
    twice = sorted({name for _, name in repeated(names)})
    if twice:
        raise Unexpected(f"must have unique names, got {join_names(twice)} twice")
    return tuple(value)


def _instances(value: Any, args: Any) -> Any:
    from poise.instances import Instances  # only whoever decodes gets here

    if not isinstance(value, Instances):
        raise Unexpected(f"must return poise.Instances, got {type(value).__name__}")
    return value


def _graph_decoding(value: Any, args: Any) -> GraphDecoding:
    if not isinstance(value, GraphDecoding):
        raise Unexpected(f"must return poise.GraphDecoding, got {type(value).__name__}")
    for name, output in value.outputs.items():
        if not isinstance(output, GraphOutput):
            what = f"must have only poise.GraphOutput in outputs, got {short_repr(output)}"
            raise Unexpected(f"{what} as {name!r}")
        if output.axes[:1] != ("image",):
            what = f"must have the axis 'image' first in {name!r}, got {short_repr(output.axes)}"
            raise Unexpected(what)
    return value


def _tensors(value: Any, args: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or not value:
        raise Unexpected(f"must return a dict {{name: tensor}}, got {short_repr(value)}")
    return value


def _features(value: Any, args: Any) -> Any:
    if not isinstance(value, dict) or not value or not all(map(is_integer, value)):
        raise Unexpected(f"must return a dict {{stride: features}}, got a {type(value).__name__}")
    return value


_RETURNS: Mapping[tuple[type, str], Callable[[Any, Any], Any]] = {
    (BackboneSpec, "max_stride"): _positive,
    (BackboneSpec, "output_stride"): _positive,
    (BackboneSpec, "stacks"): _positive,
    (BackboneSpec, "minimum_size"): _positive,
    (BackboneSpec, "at_stride"): _of_the_same_class,
    (BackboneSpec, "encoders"): _keys,
    (BackboneSpec, "notes"): _sentences,
    (BackboneSpec, "pretrained"): _published,
    (BackboneSpec, "published"): _all_published,
    (BackboneSpec, "old_names"): _old_names,
    (EncoderSpec, "build"): _features,
    (EncoderSpec, "pretrained"): _weights,
    (EncoderSpec, "old_names"): _old_names,
    (HeadSpec, "outputs"): _outputs,
    (HeadSpec, "decode"): _instances,
    (HeadSpec, "decode_in_graph"): _graph_decoding,
    (GraphDecoding, "call"): _tensors,
    (HeadSpec, "resolve"): _of_the_same_class,
    (HeadSpec, "notes"): _sentences,
}
"""Class and name of a function → what checks and converts its values."""
