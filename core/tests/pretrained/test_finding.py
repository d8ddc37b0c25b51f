"""Where Poise looks for published weights, in which order, and the error if it finds none."""

from __future__ import annotations

import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from poise import registry
from poise.errors import PluginError, WeightsError
from poise.hookspecs import hookimpl
from poise.pretrained import find
from poise.specs import PublishedWeights

from .conftest import CONTENT, Publisher


def put(folder: Path, content: bytes = CONTENT, name: str = "weights.h5") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_bytes(content)
    return file


def plugin(answer: Any) -> Any:
    @hookimpl
    def poise_weights(source: str) -> Any:
        return answer(source)

    return SimpleNamespace(__name__="poise_mirror", poise_weights=poise_weights)


@pytest.fixture
def no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail the test if it opens a connection."""

    def refuse(*args: Any, **kwargs: Any) -> None:
        pytest.fail("opened a connection")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_an_explicit_path_comes_first_and_may_be_any_file(
    published: PublishedWeights, cache: Path, tmp_path: Path, no_connection: None
) -> None:
    put(cache)
    mine = put(tmp_path / "mine", b"trained by myself", "mine.h5")
    assert find(published, mine) == mine
    assert find(published, tmp_path / "mine") == mine


def test_a_missing_explicit_path_is_an_error_and_starts_no_download(
    published: PublishedWeights, tmp_path: Path, no_connection: None
) -> None:
    with pytest.raises(WeightsError, match="no such file"):
        find(published, tmp_path / "nothing.h5")


def test_a_plugin_is_asked_by_name_before_any_folder(
    published: PublishedWeights,
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    no_connection: None,
) -> None:
    mirror, asked = put(tmp_path / "mirror", b"converted"), []
    monkeypatch.setenv("POISE_WEIGHTS", str(put(tmp_path / "folder").parent))
    put(cache)

    def answer(source: str) -> Path:
        asked.append(source)
        return mirror

    registry.reset(registry.Registry(plugins=[plugin(answer)]))
    assert find(published) == mirror
    assert asked == ["tiny-imagenet"]


def test_the_first_plugin_that_has_them_is_used(
    published: PublishedWeights, tmp_path: Path, no_connection: None
) -> None:
    mirror = put(tmp_path)
    registry.reset(
        registry.Registry(plugins=[plugin(lambda source: mirror), plugin(lambda source: None)])
    )
    assert find(published) == mirror


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            lambda source: Path("/nowhere/weights.h5"),
            "path of a file for 'tiny-imagenet', got .*nowhere",
        ),
        (lambda source: 3, "path of a file for 'tiny-imagenet', got 3"),
        (lambda source: 1 / 0, "failed when asked for 'tiny-imagenet': ZeroDivisionError"),
    ],
)
def test_the_error_blames_a_plugin_that_returns_no_file(
    published: PublishedWeights, answer: Any, message: str, no_connection: None
) -> None:
    registry.reset(registry.Registry(plugins=[plugin(answer)]))
    with pytest.raises(PluginError, match=message) as raised:
        find(published)
    assert "POISE_DISABLE" in str(raised.value)


def test_the_folder_comes_before_the_cache(
    published: PublishedWeights,
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    no_connection: None,
) -> None:
    put(cache)
    monkeypatch.setenv("POISE_WEIGHTS", str(tmp_path / "folder"))
    in_folder = put(tmp_path / "folder")
    assert find(published) == in_folder
    in_folder.unlink()
    assert find(published) == cache / "weights.h5"


def test_another_file_in_the_folder_is_refused_with_the_address_of_the_right_one(
    published: PublishedWeights,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    no_connection: None,
) -> None:
    monkeypatch.setenv("POISE_WEIGHTS", str(put(tmp_path, b"something else").parent))
    with pytest.raises(WeightsError, match=r"with checksum md5:.*, got another file") as raised:
        find(published)
    assert published.url in str(raised.value)


def test_a_missing_folder_is_an_error(
    published: PublishedWeights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POISE_WEIGHTS", str(tmp_path / "mistyped"))
    with pytest.raises(WeightsError, match=r"POISE_WEIGHTS must be a folder, got .*mistyped"):
        find(published)


def test_what_is_in_the_cache_is_not_fetched_again(
    published: PublishedWeights, publisher: Publisher, cache: Path
) -> None:
    assert find(published) == find(published) == cache / "weights.h5"
    assert publisher.asked == 1


def test_a_damaged_file_in_the_cache_is_fetched_again(
    published: PublishedWeights, publisher: Publisher, cache: Path
) -> None:
    put(cache, CONTENT[:1000])
    assert find(published).read_bytes() == CONTENT
    assert publisher.asked == 1


def test_offline_the_cache_is_used(
    published: PublishedWeights, cache: Path, monkeypatch: pytest.MonkeyPatch, no_connection: None
) -> None:
    put(cache)
    monkeypatch.setenv("POISE_OFFLINE", "1")
    assert find(published) == cache / "weights.h5"


def test_offline_opens_no_connection_and_says_which_file_to_put_where(
    published: PublishedWeights, cache: Path, monkeypatch: pytest.MonkeyPatch, no_connection: None
) -> None:
    monkeypatch.setenv("POISE_OFFLINE", "1")
    with pytest.raises(WeightsError) as raised:
        find(published)
    message = str(raised.value)
    assert message.startswith("Tiny's ImageNet weights: not on this machine")
    for part in (published.url, str(cache / "weights.h5"), "POISE_WEIGHTS", "POISE_OFFLINE"):
        assert part in message
    assert len(message.splitlines()) <= 12


def test_offline_a_damaged_file_in_the_cache_is_not_used(
    published: PublishedWeights, cache: Path, monkeypatch: pytest.MonkeyPatch, no_connection: None
) -> None:
    put(cache, CONTENT[:1000])
    monkeypatch.setenv("POISE_OFFLINE", "1")
    with pytest.raises(WeightsError, match="must be Tiny's ImageNet weights"):
        find(published)


def test_offline_0_means_online(
    published: PublishedWeights, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POISE_OFFLINE", "0")
    find(published)
    assert publisher.asked == 1
