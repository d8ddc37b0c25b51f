"""The same command again: it goes on, leaves a finished run alone, or refuses another run."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pytest

import poise
from poise.cli import main
from poise_workflows.journal.reading import read_journal
from poise_workflows.journal.writing import Journal
from poise_workflows.prediction import room
from poise_workflows.prediction.finishing import notes_of
from poise_workflows.progress import showing

COUNT = 12
WORDS = ("-m", "model", "-o", "out.slp", "--batch-size", "1", "--progress", "none")


@pytest.fixture
def call(frames: Callable[..., Path], model: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """``call(…)`` runs the command with further words, in the folder of ``flies``."""
    monkeypatch.chdir(frames(count=COUNT).parent)

    def run(*words: str) -> int:
        return main(["predict", "flies", *WORDS, *words])

    return run


@pytest.fixture
def whole(call: Any, poses: Any) -> Any:
    """What a run has found that nothing disturbed; all its files are gone."""
    assert call() == 0
    expected = poses(Path("out.slp"))
    for file in Path().glob("out.*"):
        file.unlink()
    return expected


def outputs() -> dict[str, Any]:
    """Each output, with its bytes and the time of its last change."""
    files = sorted(Path().glob("out.*"))
    return {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in files}


def test_a_finished_run_is_left_alone_with_all_its_files(call: Any) -> None:
    words = ("--format", "analysis")
    assert call(*words) == 0
    for name in ("out.slp", "out.report.json", "out.000_0.analysis.h5"):
        Path(name).write_bytes(b"corrected")
    before = outputs()

    assert call(*words) == 0
    assert outputs() == before
    assert len(before) == 4


def test_a_result_that_was_removed_is_written_again_and_nothing_is_predicted(
    call: Any, poses: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call() == 0
    expected = poses(Path("out.slp"))
    Path("out.slp").unlink()
    monkeypatch.setattr("poise_workflows.prediction.running.predict_selection", None)

    assert call() == 0
    assert poses(Path("out.slp")) == expected


def another_model() -> None:
    coarse = {"output_stride": 2}
    data = {"backbone": {"plain": coarse}, "heads": {"cells": coarse}}
    poise.save(poise.build(poise.ModelConfig.from_data(data), (None, None, 1)), "other")


@pytest.mark.parametrize("is_finished", [True, False])
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--frames", "0-3"), "must be '0-11', as in the journal, got '0-3'"),
        (("--batch-size", "2"), "must be 1, as in the journal, got 2 @ options.batch_size"),
        (("--no-empty-frames",), "must be False, as in the journal, got True @ options.no_empty"),
        (("-m", "other"), "@ models[0].config.sha256"),
    ],
)
def test_another_run_is_refused_with_the_difference_and_changes_nothing(
    is_finished: bool,
    words: tuple[str, ...],
    message: str,
    call: Any,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    another_model()
    if is_finished:
        assert call() == 0
    else:
        with monkeypatch.context() as patch:
            signaled(signal.SIGINT, 3, patch)
            assert call() == 130
    before = outputs()
    capsys.readouterr()
    chosen = list(WORDS)
    if words[0] == "-m":
        chosen[1], words = words[1], ()

    status = main(["predict", "flies", *chosen, *words])

    said = capsys.readouterr().err
    assert status == 2
    assert message in said
    assert "out.slp.journal is the journal of another run; repeat it, or start anew" in said
    assert outputs() == before


def test_other_images_of_the_same_number_and_size_are_another_run(
    call: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call() == 0
    Path("flies/1.png").write_bytes(Path("flies/1.png").read_bytes() + b"\0")

    assert call() == 2
    assert "@ sources[0].bytes" in capsys.readouterr().err


def test_overwriting_keeps_every_file_aside_and_writes_all_anew(call: Any, poses: Any) -> None:
    assert call("--format", "analysis") == 0
    former = {name: content for name, (content, _) in outputs().items()}

    assert call("--format", "analysis", "--frames", "0-3", "--overwrite") == 0

    aside = ("out.1.slp", "out.report.1.json", "out.000_0.analysis.1.h5", "out.slp.1.journal")
    names = ("out.slp", "out.report.json", "out.000_0.analysis.h5", "out.slp.journal")
    for name, numbered in zip(names, aside, strict=True):
        assert Path(numbered).read_bytes() == former[name]
        assert Path(name).read_bytes() != former[name]
    assert len(poses(Path("out.slp"))["frames"]) == 4


@pytest.fixture(autouse=True)
def ctrl_c() -> Iterator[None]:
    """Python ignores Ctrl-C where it starts as a job in the background, as these tests may."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


def signaled(number: int, after: int, patch: pytest.MonkeyPatch) -> None:
    """Send the signal to this process after so many batches."""
    left = [after]

    class Signaling(showing.Throttled):
        def __call__(self, event: Any) -> None:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), number)

    show = Signaling(lambda event: None, 0)
    patch.setattr("poise_workflows.prediction.calls.shown", lambda kind: show)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_writes_what_there_is_and_says_how_to_go_on(
    number: int,
    status: int,
    whole: Any,
    call: Any,
    poses: Any,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        signaled(number, 5, patch)
        ended = call()

    assert ended == status
    said = capsys.readouterr().err
    assert f"interrupted after 5 of {COUNT} frames, which are in out.partial.slp" in said
    assert "fix: the same command again goes on from there" in said
    assert poses(Path("out.partial.slp"))["points"] == whole["points"][:5]
    assert not Path("out.slp").exists()
    assert call() == 0
    assert poses(Path("out.slp")) == whole
    assert not Path("out.partial.slp").exists()


def test_the_seconds_of_a_run_are_those_of_all_its_processes(
    call: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticking = SimpleNamespace(monotonic=partial(next, count()))
    monkeypatch.setattr("poise_workflows.prediction.reports.time", ticking)
    assert call() == 0
    whole = json.loads(Path("out.report.json").read_text())["seconds"]
    for file in Path().glob("out.*"):
        file.unlink()
    with monkeypatch.context() as patch:
        signaled(signal.SIGTERM, 5, patch)
        assert call() == 143

    assert call() == 0

    # A tick for each batch, and for the end. The last batch of a process cannot hold how long
    # it took to append itself.
    assert whole == {"prediction": COUNT + 1, "journal": COUNT, "result": 1}
    seconds = json.loads(Path("out.report.json").read_text())["seconds"]
    assert seconds == whole | {"journal": COUNT - 1}


def corrected(path: Path) -> bytes:
    """What is in a file after a user has changed it."""
    path.write_bytes(path.read_bytes() + b"corrected")
    return path.read_bytes()


def test_a_partial_file_that_a_user_has_changed_is_never_lost(
    call: Any, poses: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    partial, aside = Path("out.partial.slp"), Path("out.partial.1.slp")
    contents = []
    for _ in range(2):
        with monkeypatch.context() as patch:
            signaled(signal.SIGINT, 4, patch)
            assert call() == 130
        contents.append(corrected(partial))
    assert "; the file that you have changed is out.partial.1.slp now" in capsys.readouterr().err
    assert aside.read_bytes() == contents[0]

    assert call() == 0

    assert [aside.read_bytes(), partial.read_bytes()] == contents
    assert "out.partial.slp is left as it is: you have changed it" in capsys.readouterr().err


def test_a_partial_file_that_nobody_has_changed_is_replaced(
    call: Any, poses: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for done in (4, 8):
        with monkeypatch.context() as patch:
            signaled(signal.SIGINT, 4, patch)
            assert call() == 130
        assert len(poses(Path("out.partial.slp"))["points"]) == done
    assert [path.name for path in Path().glob("out.partial*")] == ["out.partial.slp"]


@pytest.fixture
def least_area(call: Any) -> None:
    """The head type's decoder leaves two animals out of each frame, by a limit of its own."""
    backbone, head = poise.backbones["plain"], poise.heads["cells"]
    decode: Any = head.decode

    def decode_and_drop(config: Any, predictions: Any) -> Any:
        animals = decode(config, predictions)
        images = [image for image in range(len(animals)) for _ in range(2)]
        return attrs.evolve(animals, dropped=poise.Dropped.by("least_area", 9, images))

    plugin = SimpleNamespace(
        __name__="made_up",
        poise_backbones=poise.hookimpl(lambda: [backbone]),
        poise_heads=poise.hookimpl(lambda: [attrs.evolve(head, decode=decode_and_drop)]),
    )
    poise.registry.reset(poise.Registry(plugins=[plugin]))


@pytest.mark.usefixtures("least_area")
def test_animals_that_a_limit_drops_are_counted_for_all_processes_of_a_run(
    call: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        signaled(signal.SIGTERM, 5, patch)
        assert call() == 143

    assert call() == 0

    dropped = {"least_area 9": 2 * COUNT}
    assert f"  dropped   {2 * COUNT} animals: least_area 9" in capsys.readouterr().out
    assert json.loads(Path("out.report.json").read_text())["dropped"] == dropped
    import sleap_io

    labels = sleap_io.load_slp("out.slp", open_videos=False)
    assert labels.provenance["poise"]["report"]["dropped"] == dropped


def test_an_interrupted_overwriting_goes_on_and_keeps_the_former_result(
    whole: Any, call: Any, poses: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call("--frames", "0-3") == 0
    with monkeypatch.context() as patch:
        signaled(signal.SIGTERM, 5, patch)
        assert call("--overwrite") == 143
    before = len(Path("out.slp.journal").read_bytes())

    assert call("--overwrite") == 0

    assert len(Path("out.slp.journal").read_bytes()) > before
    assert not Path("out.slp.2.journal").exists()
    assert poses(Path("out.slp")) == whole
    assert len(poses(Path("out.1.slp"))["frames"]) == 4


def test_where_the_partial_file_cannot_be_written_the_journal_keeps_the_poses(
    whole: Any,
    call: Any,
    poses: Any,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        signaled(signal.SIGINT, 5, patch)
        with small_files(100_000):
            assert call() == 130

    assert "which the journal keeps; cannot be written: File too large" in capsys.readouterr().err
    assert not Path("out.partial.slp").exists()
    assert call() == 0
    assert poses(Path("out.slp")) == whole


@contextmanager
def small_files(size: int) -> Iterator[None]:
    """No file may grow beyond this many bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    former = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, former)


@pytest.mark.parametrize(
    ("room", "status", "message"),
    [
        ("header", 2, "OSError: File too large; every batch before this one is kept"),
        ("half", 1, "OSError: File too large; every batch before this one is kept"),
        ("journal", 1, "OSError: File too large; every batch before this one is kept"),
        ("result", 1, "out.slp: cannot be written: File too large"),
    ],
)
def test_a_full_disk_costs_nothing_and_the_same_process_goes_on(
    room: str,
    status: int,
    message: str,
    call: Any,
    poses: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call() == 0
    whole, size = poses(Path("out.slp")), Path("out.slp.journal").stat().st_size
    sizes = {"header": 200, "half": size * 2 // 3, "journal": size - 200, "result": size + 9000}
    for file in Path().glob("out.*"):
        file.unlink()
    capsys.readouterr()

    with small_files(sizes[room]):
        full = call()
    said = capsys.readouterr().err
    left = {file.name for file in Path().glob("out.*")}
    again = call()

    assert (full, again) == (status, 0), said
    assert message in said
    assert left == (set() if room == "header" else {"out.slp.journal"})
    assert poses(Path("out.slp")) == whole


def test_a_disk_without_room_for_a_single_byte_more_does_not_lock_this_process_out(
    whole: Any, call: Any, poses: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, calls = Journal._write, iter(range(99))

    def write_until_full(self: Journal, data: bytes) -> None:
        if next(calls) > 4:
            raise OSError(28, "No space left on device")
        write(self, data)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "_write", write_until_full)
        assert call() == 1
    recorded = read_journal("out.slp.journal")
    assert recorded is not None
    assert recorded.claim is not None  # it could not even be given back

    assert call() == 0
    assert poses(Path("out.slp")) == whole


def test_a_disk_that_is_too_small_is_refused_with_the_figures(
    call: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room.shutil, "disk_usage", lambda path: SimpleNamespace(free=654_321))

    assert call() == 2
    said = capsys.readouterr().err
    assert re.search(
        r"must have room for \d+[.]\d kB, got 654[.]3 kB in [.]: \d[.]\d kB for the", said
    )
    assert f"kB for the result of {COUNT} frames with 1 animal each; make room, or name" in said
    assert outputs() == {}


def test_what_a_killed_process_left_of_files_is_removed(call: Any) -> None:
    for name in ("out.slp", "out.report.json", "out.partial.slp", "mine.slp"):
        Path(f"{name}.0123000000010123abcd.part").touch()

    assert call() == 0
    assert [path.name for path in Path().glob("*.part")] == ["mine.slp.0123000000010123abcd.part"]


def test_identities_that_the_labels_name_otherwise_are_noted() -> None:
    def run(*tracks: str) -> Any:
        labels = SimpleNamespace(tracks=[SimpleNamespace(name=name) for name in tracks])
        selection = SimpleNamespace(labels=labels, sources=(), notes=(), path=Path("project.slp"))
        pipeline = SimpleNamespace(class_names=("female", "male"))
        predictor = SimpleNamespace(pipeline=pipeline)
        return SimpleNamespace(selection=selection, predictor=predictor, before=())

    assert notes_of(run("female", "male", "third")) == []
    assert notes_of(run()) == []
    (note,) = notes_of(run("male", "female"))
    assert note.startswith("identities have the model's names, female, male; project.slp has")
