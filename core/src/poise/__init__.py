"""Poise: the registry of architectures for animal pose estimation on Keras 3.

Every public name is available here and imported on first use: ``import poise`` is fast and
imports neither Keras nor any plugin.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from poise.building.assembly import build as build
    from poise.building.outputs import last_stack as last_stack
    from poise.building.record import BuildRecord as BuildRecord
    from poise.building.record import record_of as record_of
    from poise.building.resolving import resolve as resolve
    from poise.config.model import ModelConfig as ModelConfig
    from poise.config.one_of import BackboneConfig as BackboneConfig
    from poise.config.one_of import HeadsConfig as HeadsConfig
    from poise.config.one_of import UninstalledSection as UninstalledSection
    from poise.decoding import decode as decode
    from poise.errors import BuildError as BuildError
    from poise.errors import BundleError as BundleError
    from poise.errors import ConfigError as ConfigError
    from poise.errors import DecodeError as DecodeError
    from poise.errors import DecodeWarning as DecodeWarning
    from poise.errors import DraftWarning as DraftWarning
    from poise.errors import Fault as Fault
    from poise.errors import LabelsError as LabelsError
    from poise.errors import PluginClashError as PluginClashError
    from poise.errors import PluginError as PluginError
    from poise.errors import PluginNotInstalledWarning as PluginNotInstalledWarning
    from poise.errors import PoiseError as PoiseError
    from poise.errors import UnknownKeyError as UnknownKeyError
    from poise.errors import WeightsError as WeightsError
    from poise.hookspecs import hookimpl as hookimpl
    from poise.inspection.costs import Inspection as Inspection
    from poise.inspection.costs import inspect as inspect
    from poise.instances import Instances as Instances
    from poise.json_schema.schema import schema as schema
    from poise.labels import Labels as Labels
    from poise.missing import Dropped as Dropped
    from poise.missing import Missing as Missing
    from poise.model_folder.saving import ProvenanceWarning as ProvenanceWarning
    from poise.model_folder.saving import load as load
    from poise.model_folder.saving import save as save
    from poise.pretrained import load_pretrained as load_pretrained
    from poise.reading import Reading as Reading
    from poise.reading import read as read
    from poise.registry import Registry as Registry
    from poise.registry import Specs
    from poise.registry.config_classes import Configs
    from poise.registry.in_force import register as register
    from poise.skeleton import Skeleton as Skeleton
    from poise.sleap import MigrationReport as MigrationReport
    from poise.sleap import SleapJob as SleapJob
    from poise.sleap import read_sleap as read_sleap
    from poise.sleap.edition_change import to_edition as to_edition
    from poise.sleap.edition_change import to_edition_with_report as to_edition_with_report
    from poise.specs import BackboneSpec as BackboneSpec
    from poise.specs import EncoderSpec as EncoderSpec
    from poise.specs import GraphDecoding as GraphDecoding
    from poise.specs import GraphOutput as GraphOutput
    from poise.specs import HeadSpec as HeadSpec
    from poise.specs import Normalization as Normalization
    from poise.specs import Output as Output
    from poise.specs import PluginKind as PluginKind
    from poise.specs import PublishedWeights as PublishedWeights
    from poise.training import compile_args as compile_args
    from poise.training import make_targets as make_targets
    from poise.weights import LoadReport as LoadReport
    from poise.weights import load_weights as load_weights

    # The names that SLEAP documents. They are imported on first use. To a type checker they
    # are Any if their plugin is not installed.
    from poise_heads.config import (
        CenteredInstanceConfmapsHeadConfig as CenteredInstanceConfmapsHeadConfig,
    )
    from poise_heads.config import CentroidsHeadConfig as CentroidsHeadConfig
    from poise_heads.config import ClassMapsHeadConfig as ClassMapsHeadConfig
    from poise_heads.config import ClassVectorsHeadConfig as ClassVectorsHeadConfig
    from poise_heads.config import (
        MultiInstanceConfmapsHeadConfig as MultiInstanceConfmapsHeadConfig,
    )
    from poise_heads.config import PartAffinityFieldsHeadConfig as PartAffinityFieldsHeadConfig
    from poise_heads.config import (
        SingleInstanceConfmapsHeadConfig as SingleInstanceConfmapsHeadConfig,
    )
    from poise_heads.joint_config import MultiClassBottomUpConfig as MultiClassBottomUpConfig
    from poise_heads.joint_config import MultiClassTopDownConfig as MultiClassTopDownConfig
    from poise_heads.joint_config import MultiInstanceConfig as MultiInstanceConfig
    from poise_hourglass.config import HourglassConfig as HourglassConfig
    from poise_leap.config import LEAPConfig as LEAPConfig
    from poise_pretrained.config import PretrainedEncoderConfig as PretrainedEncoderConfig
    from poise_resnet.config import ResNetConfig as ResNetConfig
    from poise_resnet.config import UpsamplingConfig as UpsamplingConfig
    from poise_unet.config import UNetConfig as UNetConfig

    backbones: Specs[BackboneSpec]
    encoders: Specs[EncoderSpec]
    heads: Specs[HeadSpec]
    plugins_of: Callable[[str], Specs[Any]]
    configs: Configs


_HOMES = {
    "BackboneConfig": "config.one_of",
    "BackboneSpec": "specs",
    "BuildError": "errors",
    "BuildRecord": "building.record",
    "BundleError": "errors",
    "ConfigError": "errors",
    "DecodeError": "errors",
    "DecodeWarning": "errors",
    "DraftWarning": "errors",
    "EncoderSpec": "specs",
    "Fault": "errors",
    "GraphDecoding": "specs",
    "GraphOutput": "specs",
    "HeadSpec": "specs",
    "HeadsConfig": "config.one_of",
    "Inspection": "inspection.costs",
    "Instances": "instances",
    "Labels": "labels",
    "LabelsError": "errors",
    "LoadReport": "weights",
    "MigrationReport": "sleap",
    "Dropped": "missing",
    "Missing": "missing",
    "ModelConfig": "config.model",
    "Normalization": "specs",
    "Output": "specs",
    "PluginClashError": "errors",
    "PluginKind": "specs",
    "PluginError": "errors",
    "PluginNotInstalledWarning": "errors",
    "PoiseError": "errors",
    "ProvenanceWarning": "model_folder.saving",
    "PublishedWeights": "specs",
    "Reading": "reading",
    "Registry": "registry",
    "Skeleton": "skeleton",
    "SleapJob": "sleap",
    "UninstalledSection": "config.one_of",
    "UnknownKeyError": "errors",
    "WeightsError": "errors",
    "build": "building.assembly",
    "compile_args": "training",
    "decode": "decoding",
    "hookimpl": "hookspecs",
    "inspect": "inspection.costs",
    "last_stack": "building.outputs",
    "load": "model_folder.saving",
    "load_pretrained": "pretrained",
    "load_weights": "weights",
    "make_targets": "training",
    "read": "reading",
    "read_sleap": "sleap",
    "record_of": "building.record",
    "register": "registry.in_force",
    "resolve": "building.resolving",
    "save": "model_folder.saving",
    "schema": "json_schema.schema",
    "to_edition": "sleap.edition_change",
    "to_edition_with_report": "sleap.edition_change",
}

_FROM_REGISTRY = ("backbones", "configs", "encoders", "heads", "plugins_of")


if not TYPE_CHECKING:  # a type checker would accept any name if it saw this function

    def __getattr__(name: str) -> Any:
        if name in _HOMES:
            return getattr(import_module(f"poise.{_HOMES[name]}"), name)
        if name in _FROM_REGISTRY:
            # Not cached: tests and embedders may replace the default registry.
            return getattr(import_module("poise.registry").default(), name)
        if name.endswith("Config"):
            cls = import_module("poise.registry.documented_classes").find(name)
            if cls is not None:
                return cls
        raise AttributeError(f"module 'poise' has no attribute {name!r}")


def __dir__() -> list[str]:
    documented = import_module("poise.registry.documented_classes").installed()
    return sorted({*_HOMES, *_FROM_REGISTRY, *documented, "__version__"})
