"""What ``poise doctor`` reports on versions, backends, environment variables and caches."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import importlib_metadata
import pytest

from poise.cli.doctor.installation import Installation, examine_installation
from poise.cli.doctor.problems import Problem
from poise.settings import OTHERS, SETTINGS

Examined = tuple[Installation, list[Problem], list[str]]


@pytest.fixture
def examine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Examined]:
    """``examine(keras="3.10.0", KERAS_BACKEND="jax")``: distributions, and variables."""
    monkeypatch.setenv("POISE_CACHE_DIR", str(tmp_path / "cache"))

    def examine(installed: dict[str, str] | None = None, **environ: str) -> Examined:
        versions = {"keras": "3.10.0", "tensorflow": "2.20.0"} if installed is None else installed

        def version(name: str) -> str:
            if name not in versions:
                raise importlib_metadata.PackageNotFoundError(name)
            return versions[name]

        monkeypatch.setattr(importlib_metadata, "version", version)
        return examine_installation({"KERAS_HOME": str(tmp_path / "keras"), **environ}, [])

    return examine


def test_versions_come_from_metadata_and_what_is_absent_is_none(examine: Any) -> None:
    installation, problems, notes = examine({"keras": "3.10.0", "tensorflow-cpu": "2.20.0"})

    assert installation.versions["keras"] == "3.10.0"
    assert installation.versions["h5py"] is None
    assert installation.versions["Python"] == ".".join(map(str, sys.version_info[:3]))
    assert installation.backends == {"tensorflow": "2.20.0"}
    assert (installation.backend, installation.chosen_by) == ("tensorflow", "Keras' default")
    assert (problems, notes) == ([], [])


def test_the_variable_goes_before_the_file_and_the_file_before_the_default(
    examine: Any, tmp_path: Path
) -> None:
    all_backends = {"keras": "3.10.0", "tensorflow": "2.20.0", "jax": "0.6.0", "torch": "2.9.0"}
    file = tmp_path / "keras" / "keras.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"backend": "torch"}))

    assert examine(all_backends)[0].backend == "torch"
    assert examine(all_backends)[0].chosen_by == str(file)
    assert examine(all_backends, KERAS_BACKEND="jax")[0].backend == "jax"
    assert examine(all_backends, KERAS_BACKEND="")[0].backend == "torch"


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("settings", [None, {"backend": "numpy"}, {}, "no JSON"])
@pytest.mark.parametrize("variable", [None, "", "numpy"])
def test_keras_itself_takes_the_backend_that_is_named(
    examine: Any, tmp_path: Path, settings: Any, variable: str | None
) -> None:
    import importlib.util

    home = tmp_path / "keras"
    home.mkdir()
    if settings is not None:
        text = settings if isinstance(settings, str) else json.dumps(settings)
        (home / "keras.json").write_text(text)
    environ = {} if variable is None else {"KERAS_BACKEND": variable}
    chosen = examine(**environ)[0].backend

    # Keras' own module that decides, without all the rest.
    keras = importlib.util.find_spec("keras")
    assert keras is not None
    source = Path(str(keras.origin)).parent / "src" / "backend" / "config.py"
    code = source.read_text(encoding="utf-8").replace(
        "from keras.src.api_export import keras_export",
        "keras_export = lambda *names: lambda function: function",
    )
    before = dict(os.environ)
    try:
        os.environ.pop("KERAS_BACKEND", None)
        os.environ |= {"KERAS_HOME": str(home), **environ}
        space: dict[str, Any] = {}
        exec(compile(code, str(source), "exec"), space)
    finally:
        os.environ.clear()
        os.environ |= before
    assert chosen == space["backend"]()


def test_a_backend_that_is_not_installed_is_a_problem(examine: Any) -> None:
    _, problems, _ = examine(KERAS_BACKEND="jax")

    assert problems == [
        Problem(
            "the backend 'jax' (KERAS_BACKEND) is not installed",
            "pip install poise[jax], or set KERAS_BACKEND to tensorflow",
        )
    ]


def test_keras_without_any_backend_is_a_problem(examine: Any) -> None:
    _, problems, _ = examine({"keras": "3.10.0"})

    assert problems == [
        Problem(
            "the backend 'tensorflow' (Keras' default) is not installed",
            "pip install poise[tensorflow]",
        )
    ]


def test_a_backend_that_poise_does_not_run_on_is_a_problem(examine: Any) -> None:
    _, problems, _ = examine(KERAS_BACKEND="openvino")

    assert problems[0].cause == (
        "the backend must be one of tensorflow, jax, torch, got 'openvino' (KERAS_BACKEND)"
    )
    assert problems[0].fix == "set KERAS_BACKEND to tensorflow or jax", "Keras is 3.10"


def test_keras_2_is_a_problem(examine: Any) -> None:
    _, problems, _ = examine({"keras": "2.15.0", "tensorflow": "2.15.0"})

    assert problems == [Problem("Keras 2.15.0 is too old: 3.6 is needed", "pip install -U keras")]


@pytest.mark.parametrize("version", ["3.8.0", "3.9.2", "3.14.1"])
def test_a_keras_that_computes_other_numbers_on_torch_is_a_problem(
    examine: Any, version: str
) -> None:
    torch = {"torch": "2.13.0"}
    what = f"Keras {version} shifts transposed convolutions by a pixel on PyTorch"
    fix = "pip install -U 'keras>=3.15'"
    both = {"keras": version, "tensorflow": "2.18.0", **torch}

    assert examine({"keras": version, **torch}, KERAS_BACKEND="torch")[1] == [Problem(what, fix)]
    assert examine(both, KERAS_BACKEND="torch")[1] == [
        Problem(what, f"{fix}, or set KERAS_BACKEND to tensorflow")
    ]
    assert examine({"keras": "3.15.0", **torch}, KERAS_BACKEND="torch")[1] == []
    assert examine(both)[1] == [], "TensorFlow is what Keras takes"


def test_a_keras_that_cannot_train_on_jax_is_a_problem(examine: Any) -> None:
    both = {"keras": "3.9.2", "tensorflow": "2.18.0", "jax": "0.10.2"}

    assert examine(both, KERAS_BACKEND="jax")[1] == [
        Problem(
            "Keras 3.9.2 trains by jax.spmd_mode, which JAX no longer has",
            "pip install -U 'keras>=3.10', or set KERAS_BACKEND to tensorflow",
        )
    ]
    assert examine({**both, "keras": "3.10.0"}, KERAS_BACKEND="jax")[1] == []


def test_a_backend_that_the_installed_keras_does_not_suit_is_not_advised(examine: Any) -> None:
    lacking = {"keras": "3.9.2", "jax": "0.10.2", "torch": "2.13.0"}
    several = {**lacking, "tensorflow": "2.18.0"}

    assert examine(lacking)[1][0].fix == "pip install poise[tensorflow]"
    assert examine(several, KERAS_BACKEND="torch")[1][0].fix == (
        "pip install -U 'keras>=3.15', or set KERAS_BACKEND to tensorflow"
    )


def test_without_keras_nothing_is_broken_and_a_note_says_what_does_not_work(examine: Any) -> None:
    installation, problems, notes = examine({}, KERAS_BACKEND="jax")

    assert installation.backend is None
    assert problems == []
    assert notes == [
        "Keras is not installed: everything except building and training works "
        "(pip install poise[tensorflow], poise[jax] or poise[torch])"
    ]


def test_settings_of_keras_that_change_models_are_noted(examine: Any, tmp_path: Path) -> None:
    file = tmp_path / "keras" / "keras.json"
    file.parent.mkdir()
    file.write_text('{"image_data_format": "channels_first", "floatx": "float32"}')

    assert examine()[2] == [
        f"{file} sets image_data_format to 'channels_first', which changes models; "
        "Keras' default is 'channels_last'"
    ]
    file.write_text("{")
    assert examine()[2] == [f"{file} cannot be read (JSONDecodeError), and Keras ignores it"]


def test_caches_are_counted(examine: Any, tmp_path: Path) -> None:
    weights = tmp_path / "cache" / "weights"
    weights.mkdir(parents=True)
    (weights / "a.h5").write_bytes(b"12345")
    (weights / "a.h5.lock").touch()
    (weights.parent / "plugins-1.json").write_text("{}")
    verdicts, fetched = examine()[0].caches

    assert (verdicts.folder, verdicts.files, verdicts.size) == (str(weights.parent), 1, 2)
    assert (fetched.folder, fetched.files, fetched.size) == (str(weights), 1, 5)
    assert verdicts.writable
    assert fetched.writable


def test_a_cache_that_is_not_there_yet_is_empty_and_can_be_made(examine: Any) -> None:
    assert [(cache.files, cache.size, cache.writable) for cache in examine()[0].caches] == [
        (0, 0, True)
    ] * 2


def test_a_cache_where_nothing_can_be_kept_is_noted(
    examine: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    monkeypatch.setenv("POISE_CACHE_DIR", str(blocked / "cache"))
    installation, problems, notes = examine()

    assert problems == []
    assert [cache.writable for cache in installation.caches] == [False, False]
    assert notes[0] == (
        f"the cache of verdicts in {blocked}/cache cannot be written; set POISE_CACHE_DIR to "
        "another folder"
    )


def test_without_a_home_folder_there_is_no_cache(
    examine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from poise.cli.doctor import installation

    monkeypatch.setattr(installation, "cache_folder", lambda: None)

    assert [cache.folder for cache in examine()[0].caches] == [None, None]


def test_offline_is_what_finding_weights_takes_for_it(
    examine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from poise.errors import WeightsError
    from poise.pretrained import find
    from poise.specs import PublishedWeights

    published = PublishedWeights(
        name="x", title="X", file="x.h5", url="ftp://nowhere", checksum="", layers=()
    )
    for value in ("", "0", "1", "yes"):
        monkeypatch.setenv("POISE_OFFLINE", value)
        with pytest.raises(WeightsError) as error:
            find(published)
        assert examine(POISE_OFFLINE=value)[0].offline == ("forbids downloads" in str(error.value))


def test_a_missing_folder_of_weights_is_a_problem(examine: Any, tmp_path: Path) -> None:
    assert examine(POISE_WEIGHTS=str(tmp_path))[1] == []
    assert examine(POISE_WEIGHTS="nowhere")[1] == [
        Problem(
            "POISE_WEIGHTS must be a folder, got nowhere",
            "set POISE_WEIGHTS to a folder, or unset it",
        )
    ]


def test_each_variable_says_what_it_does_here(examine: Any) -> None:
    installation, _, _ = examine(POISE_STRICT="1", POISE_OFFLINE="1")
    effects = {
        variable.name: (variable.value, variable.effect) for variable in installation.variables
    }

    assert effects["POISE_STRICT"] == ("1", "any plugin that fails makes every lookup fail")
    assert effects["POISE_OFFLINE"] == ("1", "weights are never fetched")
    assert effects["POISE_PLUGINS"] == (None, "")
    assert set(effects) >= {"POISE_DISABLE", "POISE_PREFER", "POISE_WEIGHTS", "KERAS_BACKEND"}


@pytest.mark.parametrize(
    ("environ", "effect"),
    [
        ({}, "commands that train or predict in batches set it to 1; else TensorFlow decides"),
        ({"TF_ENABLE_ONEDNN_OPTS": "1"}, "on CPUs TensorFlow computes with oneDNN"),
        ({"TF_ENABLE_ONEDNN_OPTS": "0"}, "on CPUs TensorFlow computes without oneDNN"),
        ({"TF_ENABLE_ONEDNN_OPTS": "False"}, "on CPUs TensorFlow computes without oneDNN"),
    ],
)
def test_doctor_tells_who_decides_on_onednn(
    examine: Any, environ: dict[str, str], effect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    installation, _, _ = examine(**environ)

    effects = {variable.name: variable.effect for variable in installation.variables}
    assert effects["TF_ENABLE_ONEDNN_OPTS"] == effect


@pytest.mark.parametrize("value", ["abc", "0", "-1"])
def test_a_file_limit_that_breaks_every_reading_is_a_problem(examine: Any, value: str) -> None:
    installation, problems, _ = examine(POISE_MAX_FILE_MB=value)

    assert [problem.cause for problem in problems] == [
        f"POISE_MAX_FILE_MB must be a number of megabytes above 0, got {value!r}, "
        "so no configuration file can be read"
    ]
    assert "POISE_MAX_FILE_MB" in {variable.name for variable in installation.variables}


def test_every_variable_of_poise_is_shown(examine: Any) -> None:
    installation, _, _ = examine()

    assert {setting.name for setting in (*SETTINGS, *OTHERS)} == {
        variable.name for variable in installation.variables
    }
