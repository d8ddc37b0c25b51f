"""The names that SLEAP 1.4 documents, and their order in its files.

This is a fact of the file format, and the only place in the core that knows the name of an
architecture.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Section(NamedTuple):
    """A member of one of SLEAP's two one-of objects.

    Attributes:
        kind: ``backbone`` or ``head``.
        key: its key in the file.
        distribution: the distribution that provides it.
        names: its documented classes.
        since: the first version whose files have the key.
    """

    kind: str
    key: str
    distribution: str
    names: tuple[str, ...]
    since: str = "1.0"


SECTIONS = (
    Section("backbone", "leap", "poise-leap", ("LEAPConfig",)),
    Section("backbone", "unet", "poise-unet", ("UNetConfig",)),
    Section("backbone", "hourglass", "poise-hourglass", ("HourglassConfig",)),
    Section("backbone", "resnet", "poise-resnet", ("ResNetConfig", "UpsamplingConfig")),
    Section(
        "backbone", "pretrained_encoder", "poise-pretrained", ("PretrainedEncoderConfig",), "1.1"
    ),
    Section("head", "single_instance", "poise-heads", ("SingleInstanceConfmapsHeadConfig",)),
    Section("head", "centroid", "poise-heads", ("CentroidsHeadConfig",)),
    Section("head", "centered_instance", "poise-heads", ("CenteredInstanceConfmapsHeadConfig",)),
    Section(
        "head",
        "multi_instance",
        "poise-heads",
        (
            "MultiInstanceConfig",
            "MultiInstanceConfmapsHeadConfig",
            "PartAffinityFieldsHeadConfig",
        ),
    ),
    Section(
        "head",
        "multi_class_bottomup",
        "poise-heads",
        ("MultiClassBottomUpConfig", "ClassMapsHeadConfig"),
        "1.2.1",
    ),
    Section(
        "head",
        "multi_class_topdown",
        "poise-heads",
        ("MultiClassTopDownConfig", "ClassVectorsHeadConfig"),
        "1.2.1",
    ),
)

OPENED_BY: Mapping[str, str] = dict.fromkeys(
    ("poise.engines", "poise.exporters", "poise.suggesters", "poise.trackers"), "poise-workflows"
)
"""Groups that distributions of Poise open: what to install for a plugin in one of them."""

FIRST_PARTY = frozenset(
    {section.distribution for section in SECTIONS}
    | {"poise-keras-cv", "poise-keras-hub", "poise-workflows"}
)
"""The distributions of the Poise project. Others do not disable a key of theirs by claiming it."""

CLASS_NAMES = {name: section for section in SECTIONS for name in section.names}
"""Documented class name → the section whose plugin defines it."""


def keys(kind: str) -> tuple[str, ...]:
    """The documented keys of a kind, in the order in which SLEAP writes them."""
    return tuple(section.key for section in SECTIONS if section.kind == kind)


def first_keys(kind: str) -> frozenset[str]:
    """The keys of a kind that every version of SLEAP writes, set or null."""
    return frozenset(
        section.key for section in SECTIONS if (section.kind, section.since) == (kind, "1.0")
    )


def distribution_of(kind: str, key: str) -> str | None:
    """The distribution that provides a documented key; ``None`` for any other key."""
    for section in SECTIONS:
        if (section.kind, section.key) == (kind, key):
            return section.distribution
    return None
