"""What a plugin's hooks return: the specs of backbones, heads and encoders.

A spec is a description, not a layer, and needs no Keras. Listing, reading and checking
configurations therefore stay cheap. Only the ``build`` functions of a spec import Keras.
"""

from __future__ import annotations

from poise.specs.graphs import GraphDecoding, GraphOutput
from poise.specs.heads import HeadSpec, Output, Stage
from poise.specs.networks import BackboneSpec, EncoderSpec, Normalization, path_of
from poise.specs.plugin_kind import PluginKind
from poise.specs.published import OldNames, PublishedWeights
from poise.specs.tensors import API, Features, Image, Tensor

Spec = BackboneSpec | HeadSpec | EncoderSpec

__all__ = [
    "API",
    "BackboneSpec",
    "EncoderSpec",
    "Features",
    "GraphDecoding",
    "GraphOutput",
    "HeadSpec",
    "Image",
    "Normalization",
    "OldNames",
    "Output",
    "PluginKind",
    "PublishedWeights",
    "Spec",
    "Stage",
    "Tensor",
    "path_of",
]
