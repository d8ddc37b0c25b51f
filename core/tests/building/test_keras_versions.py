"""The versions of Keras that Poise takes are those that its metadata requires."""

from __future__ import annotations

import importlib_metadata
import pytest
from packaging.requirements import Requirement

from poise.building.keras_versions import OLDEST_KERAS, backends_for, version_of


def test_the_oldest_keras_of_each_backend_is_the_one_that_its_extra_requires() -> None:
    required = {}
    for requirement in map(Requirement, importlib_metadata.requires("poise") or ()):
        for backend in importlib_metadata.metadata("poise").get_all("Provides-Extra") or ():
            marker = requirement.marker
            if requirement.name == "keras" and marker and marker.evaluate({"extra": backend}):
                required[backend] = str(requirement.specifier)

    assert required == {
        backend: f">={version_of(oldest.series)}" for backend, oldest in OLDEST_KERAS.items()
    }


@pytest.mark.parametrize(
    ("version", "backends"),
    [
        ("2.15.0", []),
        ("3.6.0", ["tensorflow"]),
        ("3.10.0", ["tensorflow", "jax"]),
        ("3.15.1", ["tensorflow", "jax", "torch"]),
        ("4.0.dev1", ["tensorflow", "jax", "torch"]),
    ],
)
def test_a_keras_suits_the_backends_whose_oldest_one_it_reaches(
    version: str, backends: list[str]
) -> None:
    assert backends_for(version) == backends
