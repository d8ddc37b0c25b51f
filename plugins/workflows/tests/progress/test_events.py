"""Events: how far a run is, and how fast."""

from __future__ import annotations

from poise_workflows.progress.events import Meter


def test_the_rate_is_that_of_this_process_and_the_time_left_follows_from_it() -> None:
    times = iter([0.0, 2.0, 4.0])
    meter = Meter("flies.mp4", 100, done=60, clock=lambda: next(times))

    meter.add(4)
    event = meter.add(4)

    assert (event.n_processed, event.n_total) == (68, 100)
    assert (event.elapsed, event.rate, event.eta) == (4.0, 2.0, 16.0)


def test_without_time_there_is_no_rate_and_nothing_is_known_of_the_rest() -> None:
    event = Meter("flies.mp4", 8, clock=lambda: 1.0).add(4)

    assert (event.rate, event.eta) == (0.0, None)


def test_the_rate_is_that_of_the_last_batches() -> None:
    now = [0.0]
    meter = Meter("flies.mp4", 10_000, clock=lambda: now[0])
    for _ in range(100):
        now[0] += 10
        meter.add(1)
    for _ in range(31):
        now[0] += 1
        event = meter.add(1)

    assert event.rate == 1.0
