"""The hooks that a plugin may implement: the whole extension contract on one page.

A plugin is a module named by an entry point whose name is the key it provides::

    [project.entry-points."poise.backbones"]
    tinyvgg = "poise_tinyvgg"

The module marks its hooks with ``poise.hookimpl``. It must not import Keras at the top, because
Poise loads it to list plugins and to check configurations. A plugin without a key (one that
only observes models, or locates weights) registers in the group ``poise.plugins``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pluggy

from poise.specs import BackboneSpec, EncoderSpec, HeadSpec

hookspec: pluggy.HookspecMarker = pluggy.HookspecMarker("poise")
hookimpl: pluggy.HookimplMarker = pluggy.HookimplMarker("poise")


@hookspec
def poise_backbones() -> Iterable[BackboneSpec]:  # type: ignore[empty-body]
    """The backbones of this plugin, one for each of its ``poise.backbones`` entry points."""


@hookspec
def poise_heads() -> Iterable[HeadSpec]:  # type: ignore[empty-body]
    """The head types of this plugin, one for each of its ``poise.heads`` entry points."""


@hookspec
def poise_encoders() -> Iterable[EncoderSpec]:  # type: ignore[empty-body]
    """The encoders of this plugin, one for each of its ``poise.encoders`` entry points."""


@hookspec
def poise_model_built(model: Any, config: Any) -> None:
    """Observe or adjust a model that Poise has just built.

    Plugins in the group ``poise.plugins`` see every model; a backbone or head plugin sees
    those that are built after it has been looked up.

    Args:
        model: the ``keras.Model``, with its initial weights.
        config: the ``poise.ModelConfig`` that it was built from.
    """


@hookspec(firstresult=True)
def poise_weights(source: str) -> Path | None:
    """Locate pretrained weights: in a cache, a wheel or a mirror. The first answer wins.

    Args:
        source: the name of the weights, as in ``PublishedWeights.name``.

    Returns:
        The path of a local file, or ``None`` to let the next plugin answer.
    """
