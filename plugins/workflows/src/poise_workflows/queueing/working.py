"""A worker: it takes videos from a queue, predicts them, and gives back what it cannot finish."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from poise.errors import Fault, PoiseError
from poise.messages import counted
from poise_workflows.journal.errors import JournalInUseError
from poise_workflows.progress.events import Event
from poise_workflows.progress.showing import Shown
from poise_workflows.queueing.asking_again import Answer, ask_patiently
from poise_workflows.queueing.claiming import Queue
from poise_workflows.queueing.entries import frames_done, predict_video
from poise_workflows.queueing.errors import QueueError
from poise_workflows.queueing.holding import Claim, LostClaimError
from poise_workflows.queueing.holding_models import KeptModels
from poise_workflows.queueing.outcomes import Fate, Outcome, outcome_of
from poise_workflows.queueing.owners import this_owner
from poise_workflows.queueing.plans import Plan, Video
from poise_workflows.queueing.queue_folders import FOLDER
from poise_workflows.queueing.stops import Stop

PAUSE = 1.0
"""Seconds before a worker asks again whether there is something to do."""

AFTER_ANOTHER = 5.0
"""Seconds before a worker asks again after another process wrote the journal of its video."""


class Worker:
    """Works on a queue, one video after the other.

    Args:
        folder: of the results.
        plan: of the queue.
        stop: whether it is to end.
        device: what it predicts on: as the user calls it, and as ``predict`` does.
        show: shows progress.
        say: tells the user a sentence.
        prepare: is called with the plan before the first video is predicted.
    """

    def __init__(
        self,
        folder: Path,
        plan: Plan,
        stop: Stop,
        device: tuple[str, str],
        show: Shown,
        say: Callable[[str], None],
        prepare: Callable[[Plan], None],
    ) -> None:
        self._folder, self._plan, self._stop = folder, plan, stop
        self._prepare, self._is_prepared = prepare, False
        self._device, self._show, self._say = device[1], show, say
        self._videos = {video.number: video for video in plan.videos}
        self._models = KeptModels()
        self._facts: Mapping[str, Any] = {}
        self._has_said_device = False
        self.queue = Queue(
            folder / FOLDER,
            this_owner(device[0]),
            most_tries=plan.retries,
            frames_of=lambda number: frames_done(self._videos[number], folder),
        )

    def run(self, *, waits: bool = True) -> None:
        """Work until nothing is left, or it is time to end.

        Args:
            waits: whether to wait while other workers hold the last videos: one may die.

        Raises:
            QueueError: nothing can be predicted at all.
            OSError: the folder cannot be read or written.
        """
        with self._beating():
            try:
                while not self._stop.is_due():
                    claim = self._patiently(self.queue.take)
                    if claim is not None:
                        self._work_on(claim)
                    elif not waits or self._patiently(self.queue.is_over):
                        return
                    else:
                        self._stop.sleep(PAUSE)
            finally:
                self.queue.close()

    def _patiently(self, ask: Callable[[], Answer]) -> Answer:
        return ask_patiently(ask, self._stop, self._say)

    @contextmanager
    def _beating(self) -> Iterator[None]:
        """Renew claims in a thread: a video may take hours, and a batch minutes."""
        ended = threading.Event()

        def beat() -> None:
            while not ended.wait(self.queue.rhythm.beat):
                with suppress(OSError):  # the next one may work
                    self.queue.beat(self._facts)

        thread = threading.Thread(target=beat, name="poise-beats", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _work_on(self, claim: Claim) -> None:
        video = self._videos[claim.number]
        self._facts = {"video": video.number, "source": video.source, "frames_done": 0, "rate": 0}
        self.queue.beat(self._facts)
        self._prepare_for(claim)
        try:
            result = predict_video(
                self._plan,
                video,
                self._folder,
                device=self._device,
                models=self._models,
                show=_Watched(self, video),
                tell=self._tell_device,
                guard=claim.require_held,
            )
        except LostClaimError:
            self._say(f"{video.source}: another worker has it now")
        except BaseException as error:
            self._give_back(claim, video, error)
            if not isinstance(error, Exception):
                raise
        else:
            if result.failed:
                reason = f"{result.failed}; the result is there, with what could be read"
                self._say(f"{video.source}: set aside: {reason}")
                claim.set_aside(reason)
            else:
                claim.finish(int(result.report["frames"]))
        finally:
            self._facts = {}

    def _prepare_for(self, claim: Claim) -> None:
        """Prepare for the first video.

        Raises:
            QueueError: nothing can be predicted here.
        """
        if self._is_prepared:
            return
        try:
            self._prepare(self._plan)
        except PoiseError as error:
            claim.release()
            raise QueueError([Fault(str(error))], "cannot predict here") from None
        self._is_prepared = True

    def _give_back(self, claim: Claim, video: Video, error: BaseException) -> None:
        """Give a video back after an error.

        Raises:
            QueueError: nothing can be predicted at all.
        """
        outcome = outcome_of(error, has_other_models=self._has_other_models(video))
        frames = 0
        with suppress(OSError):  # the disk may be what is wrong
            frames = frames_done(video, self._folder)
        self._leave(claim, video, outcome, frames)
        if outcome.fate in (Fate.REFUSED, Fate.FULL):
            raise QueueError([Fault(outcome.reason)], f"cannot go on: {outcome.fate.value}")
        if isinstance(error, JournalInUseError):
            self._stop.sleep(AFTER_ANOTHER)

    def _leave(self, claim: Claim, video: Video, outcome: Outcome, frames: int) -> None:
        if outcome.fate is Fate.ASIDE:
            claim.set_aside(outcome.reason)
        elif outcome.fate is Fate.AGAIN:
            claim.fail(outcome.reason, frames)
        else:
            claim.release(frames)
        if outcome.reason:
            done = f" after {counted(frames, 'frame')}" if frames else ""
            self._say(f"{video.source}{done}: {outcome.fate.value}: {outcome.reason}")

    def _has_other_models(self, video: Video) -> bool:
        return any(other.models != video.models for other in self._plan.videos)

    def _tell_device(self, device: Any) -> None:
        if not self._has_said_device:
            self._has_said_device = True
            self._say(f"device  {self.queue.owner.device}, which is {device} here")
            if device.note:
                self._say(device.note)

    def passed(self, video: Video, event: Event) -> None:
        """A batch of a video is in its journal.

        Raises:
            StoppedWorkError: it is time to end.
        """
        is_first = not self._facts.get("frames_done")
        self._facts = {
            "video": video.number,
            "source": video.source,
            "frames_done": event.n_processed,
            "rate": event.rate,
        }
        if is_first:  # so that others see at once that the video has begun
            self.queue.beat(self._facts)
        self._show(event)
        if event.n_processed < event.n_total:
            self._stop.check()


class _Watched:
    """Progress of a video: each batch asks whether the worker may go on."""

    def __init__(self, worker: Worker, video: Video) -> None:
        self._worker, self._video = worker, video

    def __call__(self, event: Event) -> None:
        self._worker.passed(self._video, event)

    def note(self, source: str, text: str) -> None:
        """Notes are in the report of each video."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass
