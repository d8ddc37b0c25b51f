"""An encoder's published weights: from their publisher, a folder, a wheel, and offline.

The tests of ``poise.pretrained`` cover every way in which a download can go wrong. These
show that what it promises holds for a model with an encoder, from its name to its layers.
"""

from __future__ import annotations

import hashlib
import http.server
import subprocess
import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest

import poise
import poise_pretrained
from poise import registry
from poise.testing import standins
from poise_pretrained.weights import manifest

from .conftest import HEAD, recipe_weights

pytestmark = pytest.mark.usefixtures("keras")

NAME, FIRST, FILE = (
    "mobilenetv2",
    "Conv1",
    "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
)


@pytest.fixture
def publisher(published_file, monkeypatch):
    """A web server on this machine that publishes the encoder's weights, with a checksum."""
    content = published_file(NAME).read_bytes()
    state = SimpleNamespace(behavior="good", asked=0)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            state.asked += 1
            if state.behavior == "missing":
                self.send_error(404, "Not Found")
                return
            body = content[::-1] if state.behavior == "changed" else content
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if state.behavior == "cut" else body)

        def log_message(self, *args):
            """Keep quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state.url = f"http://127.0.0.1:{server.server_port}/{FILE}"
    state.checksum = f"sha256:{hashlib.sha256(content).hexdigest()}"
    state.content = content
    for key in ("url", "checksum"):
        monkeypatch.setitem(manifest()[NAME], key, getattr(state, key))
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """The folder that downloads go to; there is nothing else to find weights in."""
    monkeypatch.setenv("POISE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("POISE_WEIGHTS", raising=False)
    monkeypatch.delenv("POISE_OFFLINE", raising=False)
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path / "cache" / "weights"


@pytest.fixture
def model(build):
    return build((32, 32, 3), encoder=NAME)


def first_kernel(model):
    return np.asarray(model.get_layer(FIRST).kernel)


def published_kernel(figures):
    return recipe_weights(NAME, figures(NAME))[FIRST]["kernel"]


def files_in(folder):
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def test_what_goes_wrong_on_the_way_leaves_model_and_cache_alone_and_the_next_try_is_good(
    model, publisher, cache, figures
):
    before = first_kernel(model)
    for behavior, why in (
        ("missing", "the server answers 404 Not Found"),
        ("changed", "must be MobileNetV2's ImageNet weights, got another file"),
        ("cut", "the connection was lost"),
    ):
        publisher.behavior = behavior
        with pytest.raises(poise.WeightsError, match=why) as raised:
            poise.load_pretrained(model)
        assert publisher.url in str(raised.value)
        assert files_in(cache) == []
        np.testing.assert_array_equal(first_kernel(model), before)

    publisher.behavior = "good"
    report = poise.load_pretrained(model)

    assert report.ok
    assert report.source == str(cache / FILE)
    np.testing.assert_array_equal(first_kernel(model), published_kernel(figures))


def test_what_was_fetched_once_serves_offline_and_before_that_it_says_what_to_put_where(
    model, publisher, cache, monkeypatch
):
    monkeypatch.setenv("POISE_OFFLINE", "1")
    with pytest.raises(poise.WeightsError, match="POISE_OFFLINE forbids") as raised:
        poise.load_pretrained(model)
    assert str(cache / FILE) in str(raised.value)
    assert publisher.asked == 0

    monkeypatch.delenv("POISE_OFFLINE")
    poise.load_pretrained(model)
    monkeypatch.setenv("POISE_OFFLINE", "1")

    assert poise.load_pretrained(model).source == str(cache / FILE)
    assert publisher.asked == 1


def test_a_folder_and_then_a_wheel_come_before_the_publisher(
    model, publisher, tmp_path, monkeypatch
):
    (tmp_path / "folder").mkdir()
    in_folder = tmp_path / "folder" / FILE
    in_folder.write_bytes(publisher.content)
    monkeypatch.setenv("POISE_WEIGHTS", str(in_folder.parent))
    assert poise.load_pretrained(model).source == str(in_folder)

    in_wheel = tmp_path / "in_the_wheel.h5"
    in_wheel.write_bytes(publisher.content)
    wheel = SimpleNamespace(
        __name__="poise_wheel",
        poise_weights=poise.hookimpl(
            lambda source: in_wheel if source == f"encoder-{NAME}-imagenet" else None
        ),
    )
    registry.reset(registry.Registry(plugins=[poise_pretrained, standins.plugin_of(HEAD), wheel]))
    assert poise.load_pretrained(model).source == str(in_wheel)
    assert publisher.asked == 0


def test_two_processes_at_once_fetch_once(publisher, cache):
    pytest.importorskip("filelock", reason="without it both fetch, each into a separate draft")
    program = (
        "from poise.pretrained import find\n"
        "from poise_pretrained.encoders import encoders\n"
        "from poise_pretrained.weights import manifest\n"
        f"manifest()[{NAME!r}].update(url={publisher.url!r}, checksum={publisher.checksum!r})\n"
        f"print(find(encoders()[{NAME!r}].pretrained()))"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=120)[0].strip() for process in running]
    assert answers == [str(cache / FILE)] * 2
    assert publisher.asked == 1
    assert files_in(cache) == [FILE]
