"""How events are shown."""

from __future__ import annotations

import pytest

from poise_workflows.progress.events import Event
from poise_workflows.progress.showing import ProgressError, Throttled, shown


def event(done: int, total: int = 10) -> Event:
    return Event(source="a.mp4", n_processed=done, n_total=total, elapsed=1, rate=2, eta=3)


def written(*moments: float) -> list[int]:
    """Which of the events at these moments are written, if half a second must pass."""
    lines: list[int] = []
    times = iter(moments)
    show = Throttled(lambda event: lines.append(event.n_processed), 0.5, lambda: next(times))
    with show:
        for done in range(1, len(moments) + 1):
            show(event(done, len(moments) + 5))
    return lines


def test_events_that_follow_too_soon_are_left_out_but_the_last_is_written() -> None:
    assert written(0, 0.1, 0.2, 0.7, 0.8) == [1, 4, 5]


def test_the_end_is_written_at_once() -> None:
    lines: list[int] = []
    show = Throttled(lambda event: lines.append(event.n_processed), 100)
    for done in (1, 5, 10):
        show(event(done))

    assert lines == [1, 10]


@pytest.mark.parametrize("kind", ["auto", "rich", "json", "lines", "none"])
def test_every_kind_shows_a_run(kind: str) -> None:
    with shown(kind) as show:
        for done in (1, 10):
            show(event(done))


@pytest.mark.parametrize(
    ("kind", "out", "err"),
    [
        ("json", '{"source": "a.mkv", "note": "its [rate] is variable"}\n', ""),
        ("lines", "", "a.mkv: its [rate] is variable\n"),
        ("rich", "", "a.mkv: its [rate] is variable\n"),
        ("none", "", ""),
    ],
)
def test_a_note_is_told_at_once(
    kind: str, out: str, err: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with shown(kind) as show:
        show.note("a.mkv", "its [rate] is variable")
        said = capsys.readouterr()

    assert said.out == out
    assert said.err.endswith(err)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ProgressError, match="must be a kind of progress, got 'jso'; did you mean"):
        shown("jso")
