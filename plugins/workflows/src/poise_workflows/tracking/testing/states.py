"""Checks of the state of trackers, which the journal of a run holds."""

from __future__ import annotations

from poise.errors import PoiseError
from poise.messages import described
from poise.testing.check import check, require
from poise_workflows.tracking.testing import scenes
from poise_workflows.tracking.testing.checks import COUNTED
from poise_workflows.tracking.testing.comparing import first_difference
from poise_workflows.tracking.testing.subjects import TrackerSubject


@check(
    "tracker",
    scope="configuration",
    fix="put all that track() uses of earlier frames into state(), and take it back in restore(); "
    "get images from image_of",
    after=(*COUNTED, "the_same_sights_give_the_same_tracks"),
)
def it_goes_on_from_its_state_after_any_frame(subject: TrackerSubject) -> None:
    """The state is in the journal of a run: whatever was killed goes on with the same tracks."""
    subject.need_a_tracker()
    sights, whole, running = subject.eventful, subject.tracked, subject.tracker()
    for number, sight in enumerate(sights):
        state = running.state()
        require(isinstance(state, bytes), f"state() must be bytes, got {type(state).__name__}")
        restored = subject.tracker()
        restored.restore(state, scenes.image_of)
        rest = [restored.track(later) for later in sights[number:]]
        differs = first_difference(whole[number:], rest)
        require(
            differs is None,
            f"restored before frame {number}, it gave frame {number + (differs or 0)} other tracks",
        )
        running.track(sight)


@check(
    "tracker",
    scope="example",
    fix="keep a window of frames or of instances, and none of the images, in the state",
    after=(*COUNTED, "it_goes_on_from_its_state_after_any_frame"),
)
def its_state_does_not_grow_with_the_video(subject: TrackerSubject) -> None:
    """The state is written with every batch; if it grew, long videos would fill the disk."""
    tracker = subject.tracker()
    sizes = []
    for sight in scenes.steady(160, pace=0.5, with_images=subject.needs_images):
        tracker.track(sight)
        sizes.append(len(tracker.state()))
    # Counts may get another digit.
    early, late = max(sizes[30:50]), max(sizes[-20:])
    require(
        late <= early * 1.05 + 64,
        f"the state of 3 animals must not grow, got {early} bytes after 50 frames and {late} after "
        "160",
    )


_RAN: list[str] = []


def _run(mark: str) -> str:
    _RAN.append(mark)
    return mark


_PICKLE = f"c{__name__}\n_run\n(S'unpickled'\ntR.".encode()
"""What calls ``_run`` if it is unpickled. It is written here, since Poise imports no pickle."""


@check(
    "tracker",
    scope="example",
    fix="use JSON and plain arrays for the state, check them in restore(), and raise ValueError",
    after=(*COUNTED, "it_goes_on_from_its_state_after_any_frame"),
)
def a_state_that_is_not_its_own_is_refused_and_runs_no_code(subject: TrackerSubject) -> None:
    """A journal is a file, and files come from anywhere."""
    tracker = subject.tracker()
    for sight in subject.eventful[:4]:
        tracker.track(sight)
    foreign = {
        "no bytes at all": b"",
        "bytes of something else": b"no state",
        "half of a state": tracker.state()[: len(tracker.state()) // 2],
        "a pickle": _PICKLE,
    }
    for what, state in foreign.items():
        _RAN.clear()
        error = _error_of_restoring(subject, state)
        require(not _RAN, f"restoring {what} ran the code in it")
        require(error is not None, f"{what} must be refused, and was accepted")
        require(
            isinstance(error, ValueError | PoiseError),
            f"{what} must raise ValueError, got {error and described(error)}",
        )


def _error_of_restoring(subject: TrackerSubject, state: bytes) -> Exception | None:
    try:
        subject.tracker().restore(state, scenes.image_of)
    except Exception as error:  # noqa: BLE001  # which one it is, is what is checked
        return error
    return None
