"""Call the functions of a plugin that are cheap, with its default configuration.

A plugin may load well, and fail where it is used. Listings and the doctor say so before that.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import attrs

from poise.errors import PluginError, PoiseError
from poise.fields.descriptions import sections_of
from poise.registry.discovery import Candidate
from poise.registry.guarding import Owner
from poise.skeleton import Skeleton
from poise.specs import BackboneSpec, EncoderSpec, HeadSpec

_SKELETON = Skeleton(("head", "tail"), [("head", "tail")])
_CLASSES = ("female", "male")

_OF_BACKBONES = (
    *("max_stride", "output_stride", "stacks", "encoders", "minimum_size"),
    *("pretrained", "notes"),
)


def failure_in_use(candidate: Candidate, spec: Any, *, with_keras: bool = False) -> str:
    """Why a plugin that was loaded fails where it is used, on one line; empty if it does not.

    Args:
        candidate: its entry point.
        spec: its spec, with guarded functions.
        with_keras: also call what may import Keras, which takes seconds.
    """
    owner = Owner.of_key(candidate)
    for call in _calls(owner, spec, with_keras):
        try:
            call()
        except PluginError as error:
            # One of another plugin, which this one called, is that plugin's own.
            if owner.origin() in str(error.args[0]):
                return str(error).partition("\n")[0]
        except PoiseError:
            pass  # what the contract allows, such as a stride that does not fit
    return ""


def _calls(owner: Owner, spec: Any, with_keras: bool) -> Iterator[Callable[[], object]]:
    if isinstance(spec, EncoderSpec):
        yield from filter(None, (spec.pretrained, spec.old_names if with_keras else None))
        return
    if getattr(spec, "config", None) is not None:  # specs of other kinds may have one, too
        yield lambda: _refuse_no_json(spec.config, owner)
    if not isinstance(spec, BackboneSpec | HeadSpec):
        return
    config = _default(spec.config, owner)
    if isinstance(spec, HeadSpec):
        yield lambda: spec.outputs(config(), _SKELETON, _CLASSES)
        resolve, notes = spec.resolve, spec.notes
        if resolve is not None:
            yield lambda: resolve(config(), _SKELETON, _CLASSES)
        if notes is not None:  # which sees names that are filled in
            yield lambda: notes(
                resolve(config(), _SKELETON, _CLASSES) if resolve is not None else config()
            )
        return
    for name in (*_OF_BACKBONES, *(["old_names"] if with_keras else [])):
        function = getattr(spec, name)
        if function is not None:
            yield partial(_called, function, config)
    yield lambda: spec.at_stride(config(), spec.output_stride(config()))
    if spec.published is not None:
        yield spec.published


def _called(function: Callable[[Any], Any], config: Callable[[], Any]) -> Any:
    return function(config())


def _default(cls: Any, owner: Owner) -> Callable[[], Any]:
    """Makes the default configuration, once, with the error that names the plugin."""

    @cache  # of what fails, nothing is kept
    def make() -> Any:
        if any(field.default is attrs.NOTHING for field in attrs.fields(cls) if field.init):
            raise PoiseError(f"{cls.__name__} has no default configuration")
        with owner.named("the default configuration"):
            return cls()

    return make


def _refuse_no_json(cls: type, owner: Owner) -> None:
    with owner.named("the configuration class"):
        json.dumps(sections_of(cls))
