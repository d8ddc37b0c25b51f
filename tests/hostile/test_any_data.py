"""Whatever data a file holds, reading it gives a result or a ``PoiseError``."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import poise
from poise import ModelConfig, PoiseError
from poise.building.resolving import resolve
from poise.model_folder.provenance import Provenance
from poise.sleap.skeleton_graph import read_skeleton
from poise.testing.standins import CLASSES, SKELETON
from poise.wire.structure import structure, unstructure

# Keys of jsonpickle, keys of skeletons, and paths that lead elsewhere.
WORDS = st.sampled_from(
    ["py/object", "py/id", "py/reduce", "py/type", "py/function", "py/tuple", "py/state"]
    + ["py/repr", "sleap.skeleton.Node", "sleap.skeleton.EdgeType", "os.system", "links", "nodes"]
    + ["id", "source", "target", "type", "graph", "name", "nx_graph", "../x", "\x1b[2J", "\0", ""]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([-1, 0, 2**31, 2**64, 10**200, -0.0, 1e308])
    | WORDS
    | st.text(max_size=5)
)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


def refused_or_read(read: Any, *arguments: Any) -> None:
    try:
        read(*arguments)
    except PoiseError as error:
        assert str(error)
        assert all(char.isprintable() or char == "\n" for char in str(error))


@pytest.mark.filterwarnings("ignore::poise.PluginNotInstalledWarning")
@settings(deadline=None)
@given(st.binary(max_size=40) | DATA.map(lambda data: json.dumps(data).encode()))
def test_any_bytes_are_a_configuration_or_refused(content: bytes) -> None:
    refused_or_read(ModelConfig.from_json, content)
    refused_or_read(ModelConfig.from_yaml, content)


@settings(deadline=None)
@given(st.fixed_dictionaries({"links": DATA, "nodes": DATA}, optional={"graph": DATA}) | DATA)
def test_any_data_is_a_skeleton_or_refused(data: Any) -> None:
    refused_or_read(read_skeleton, data)


@settings(deadline=None)
@given(st.sampled_from([field.name for field in attrs.fields(Provenance)]), DATA)
def test_any_data_in_any_field_of_a_provenance_is_read_or_refused(field: str, data: Any) -> None:
    good = {
        "image": [8, 8, 1],
        "auto_pad": False,
        "skeleton": None,
        "classes": None,
        "config": {"name": "config.json", "sha256": "0", "size": 1},
        "weights": {"name": "model.weights.h5", "sha256": "0", "size": 1},
        "plugins": [],
        "poise": "1",
        "keras": "3",
        "backend": "jax",
    }

    def read(values: Any) -> None:
        provenance = structure(values, Provenance)
        if provenance.skeleton is not None:
            provenance.skeleton.skeleton()

    refused_or_read(read, {**good, field: data})


KEYS = [(kind, key) for kind in ("backbones", "heads") for key in getattr(poise, kind)]
EXTREMES = (0, -1, 2**31, 2**200, 10**299, 1e308, -1e308, 5e-324, [], {}, "", None, True)


@pytest.mark.parametrize(("kind", "key"), KEYS)
def test_extreme_values_in_any_field_are_decided_or_refused(kind: str, key: str) -> None:
    example = getattr(poise, kind)[key].config()

    for place in places_in(unstructure(example)):
        for value in EXTREMES:
            data = unstructure(example)
            inner = data
            for step in place[:-1]:
                inner = inner[step]
            inner[place[-1]] = value
            other = {"backbone": {"unet": {}}, "heads": {"centroid": {}}}
            own = {"backbone" if kind == "backbones" else "heads": {key: data}}

            def decide(sections: Any) -> None:
                resolve(ModelConfig.from_data(sections), SKELETON, CLASSES)

            refused_or_read(decide, {**other, **own})


def places_in(data: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    places = []
    for name, value in data.items():
        places.append((*path, name))
        if isinstance(value, dict):
            places += places_in(value, (*path, name))
    return places
