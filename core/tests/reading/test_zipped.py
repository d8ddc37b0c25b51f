"""Archives in which a model folder is looked for."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import poise


def refusal(file: Path) -> str:
    with pytest.raises(poise.ConfigError) as caught:
        poise.read(file)
    assert caught.value.heading == str(file)
    return "\n".join(fault.what for fault in caught.value.faults)


def archive_of(file: Path, *names: str) -> Path:
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "{}")
    return file


@pytest.mark.parametrize(
    ("names", "holds"),
    [
        ((), "nothing"),
        (("labels.slp", "notes.txt"), "labels.slp, notes.txt"),
        (("a/b/training_config.json",), "a/b/training_config.json"),
        (("config.json", "other.weights.h5"), "config.json, other.weights.h5"),
    ],
)
def test_an_archive_without_a_model_folder_says_what_it_holds(
    tmp_path: Path, names: tuple[str, ...], holds: str
) -> None:
    assert refusal(archive_of(tmp_path / "some.zip", *names)) == (
        "holds no model folder, at the top or in one folder: neither training_config.json, "
        f"initial_config.json nor poise.json, but {holds}"
    )


def test_an_archive_with_several_model_folders_names_them(tmp_path: Path) -> None:
    names = ("flies/training_config.json", "mice/poise.json", "readme.txt")

    assert refusal(archive_of(tmp_path / "some.zip", *names)) == (
        "holds several model folders: flies, mice; unpack it and read one of them"
    )


def test_what_macos_adds_to_an_archive_is_no_model(job: Path, zip_of: Callable[..., Path]) -> None:
    file = zip_of(job, "flies/")
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("__MACOSX/training_config.json", "")

    assert poise.read(file).source == file / "flies/training_config.json"


def test_faults_of_a_zipped_folder_of_poise_name_the_archive(
    saved: Path, zip_of: Callable[..., Path]
) -> None:
    (saved / "config.json").write_text("{}")
    file = zip_of(saved)

    with pytest.raises(poise.BundleError) as caught:
        poise.read(file)

    assert str(caught.value).startswith(f"{file}: config.json is not the file that was saved")


def test_a_pickle_in_a_zipped_folder_of_poise_is_refused(
    saved: Path, zip_of: Callable[..., Path]
) -> None:
    (saved / "more").mkdir()
    shutil.copy(saved / "poise.json", saved / "more" / "weights.pkl")

    with pytest.raises(poise.BundleError, match=r"archive\.zip: more.weights\.pkl is a pickle"):
        poise.read(zip_of(saved))


def test_nothing_stays_of_what_was_unpacked(
    saved: Path, zip_of: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "unpacked"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))

    poise.read(zip_of(saved)).build()

    assert list(place.iterdir()) == []
