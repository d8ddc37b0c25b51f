"""Plugins for tests, because the core has none, and skeletons as SLEAP writes them."""

from __future__ import annotations

import json
from types import SimpleNamespace

import attrs
import pytest

from poise import fields, registry
from poise.editions import Difference
from poise.hookspecs import hookimpl
from poise.skeleton import Skeleton
from poise.specs import BackboneSpec, HeadSpec

NODE, EDGE_TYPE = "sleap.skeleton.Node", "sleap.skeleton.EdgeType"


@attrs.frozen(kw_only=True)
class NetConfig:
    max_stride: int = attrs.field(default=16, validator=fields.power_of_two(at_least=2))
    output_stride: int = attrs.field(
        default=1, validator=[fields.power_of_two(), fields.at_most("max_stride")]
    )
    filters: int = attrs.field(
        default=8, validator=fields.integer(at_least=1), metadata={"aliases": ("n_filters",)}
    )
    batch_norm: bool = True


@attrs.frozen(kw_only=True)
class TowerConfig:
    """A backbone whose fields have other names than in SLEAP."""

    finest: int = attrs.field(default=1, validator=fields.power_of_two())
    floors: int = attrs.field(default=1, validator=fields.integer(at_least=1))


@attrs.frozen(kw_only=True)
class CoarseConfig:
    """A backbone with a fixed stride."""


@attrs.frozen(kw_only=True)
class MapsConfig:
    part_names: tuple[str, ...] | None = attrs.field(default=None, converter=fields.to_tuple)
    sigma: float = 5.0
    output_stride: int = attrs.field(default=1, validator=fields.power_of_two(floored=False))


@attrs.frozen(kw_only=True)
class ClassesConfig:
    classes: tuple[str, ...] | None = attrs.field(default=None, converter=fields.to_tuple)
    output_stride: int = attrs.field(default=1, validator=fields.power_of_two(floored=False))


@attrs.frozen(kw_only=True)
class TwoPartsConfig:
    maps: MapsConfig = attrs.field(factory=MapsConfig)
    sorts: ClassesConfig = attrs.field(factory=ClassesConfig)


NO_BATCH_NORM = Difference(
    name="batch_norm_ignored",
    sleap="batch_norm is ignored",
    documented="batch_norm decides",
    path="batch_norm",
    touches=lambda config: not config.batch_norm,
)


def _cannot_build(*arguments):
    raise NotImplementedError("a stand-in, only for reading")


def made_up_plugin():
    @hookimpl
    def poise_backbones():
        return [
            BackboneSpec(
                key="net",
                config=NetConfig,
                build=_cannot_build,
                max_stride=lambda config: config.max_stride,
                differences=(NO_BATCH_NORM,),
            ),
            BackboneSpec(
                key="tower",
                config=TowerConfig,
                build=_cannot_build,
                max_stride=lambda config: 16,
                output_stride=lambda config: config.finest,
                at_stride=lambda config, stride: attrs.evolve(config, finest=stride),
                stacks=lambda config: config.floors,
            ),
            BackboneSpec(
                key="coarse",
                config=CoarseConfig,
                build=_cannot_build,
                max_stride=lambda config: 16,
                output_stride=lambda config: 1,
            ),
        ]

    @hookimpl
    def poise_heads():
        return [
            HeadSpec(key="maps", config=MapsConfig, outputs=_cannot_build),
            HeadSpec(key="crops", config=MapsConfig, outputs=_cannot_build, stage="crop"),
            HeadSpec(key="two_parts", config=TwoPartsConfig, outputs=_cannot_build),
        ]

    return SimpleNamespace(
        __name__="made_up", poise_backbones=poise_backbones, poise_heads=poise_heads
    )


@pytest.fixture(autouse=True)
def made_up_registry():
    before = registry.default()
    registry.reset(registry.Registry([made_up_plugin()]))
    yield
    registry.reset(before)


@pytest.fixture
def write(tmp_path):
    """Write a file (an object becomes JSON) into a run folder, and return its path."""

    def write(content, name="training_config.json"):
        path = tmp_path / "run" / name
        path.parent.mkdir(exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content)
            path.write_text(text, encoding="utf-8")
        return path

    return write


class Encoder:
    """Write a skeleton as SLEAP does: the first occurrence in full, then by number."""

    def __init__(self, named_state=False, nulls=0, weights=None):
        self.numbers = {}
        self.named_state = named_state
        self.nulls = nulls
        self.weights = weights or {}

    def node(self, name):
        weight = self.weights.get(name, 1.0)
        state = (
            {"name": name, "weight": weight} if self.named_state else {"py/tuple": [name, weight]}
        )
        return self._once(("node", name), {"py/object": NODE, "py/state": state})

    def edge_type(self, value):
        pieces = [{"py/type": EDGE_TYPE}, {"py/tuple": [value]}, *[None] * self.nulls]
        return self._once(("type", value), {"py/reduce": pieces})

    def _once(self, what, in_full):
        if what in self.numbers:
            return {"py/id": self.numbers[what]}
        self.numbers[what] = len(self.numbers) + 1
        return in_full

    def link(self, source, target, kind, inserted=None):
        link = {"key": 0} if inserted is None else {"edge_insert_idx": inserted, "key": 0}
        link["source"] = self.node(source)
        link["target"] = self.node(target)
        link["type"] = self.edge_type(kind)
        return link

    def graph(self, parts, links, name="Skeleton-0"):
        return {
            "directed": True,
            "graph": {"name": name, "num_edges_inserted": len(links)},
            "links": [self.link(*link) for link in links],
            "multigraph": True,
            "nodes": [{"id": self.node(part)} for part in parts],
        }


def fly(**options):
    """Two body edges, written in the opposite order, and one symmetry."""
    links = [
        ("thorax", "abdomen", 1, 4),
        ("wingL", "wingR", 2),
        ("wingR", "wingL", 2),
        ("head", "thorax", 1, 1),
    ]
    return Encoder(**options).graph(["head", "thorax", "abdomen", "wingL", "wingR"], links)


FLY = Skeleton(
    ("head", "thorax", "abdomen", "wingL", "wingR"),
    (("head", "thorax"), ("thorax", "abdomen")),
    symmetries=(("wingL", "wingR"),),
    name="Skeleton-0",
)
