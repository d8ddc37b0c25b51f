"""A whole simulation: videos, machines, workers that come and go, and a user who looks."""

from __future__ import annotations

import random

import attrs
from simulated_machines import (
    MEMORY,
    NO_FAULTS,
    Faults,
    Machine,
    Process,
    Server,
    SimulatedClock,
    SimulatedDisk,
)
from simulated_time import Timeline
from simulated_truth import BrokenRuleError, Truth
from simulated_work import FOLDER, SimulatedJournals, Video, Worker

from poise_workflows.queueing.claiming import MOST_TRIES
from poise_workflows.queueing.states import read_reasons, read_states
from poise_workflows.queueing.watching import Rhythm

_LIMIT = 4 * 3600.0
"""Virtual seconds after which a simulation counts as endless. They take half an hour."""


@attrs.frozen
class Scene:
    """What is simulated.

    Attributes:
        videos: how many.
        workers: how many at a time.
        machines: on how many machines.
        faults: what goes wrong.
        looks: how often a user looks at the queue.
        worker: the class of workers.
    """

    videos: int = 200
    workers: int = 20
    machines: int = 6
    faults: Faults = Faults()
    looks: int = 12
    worker: type[Worker] = Worker


@attrs.frozen
class Outcome:
    """How a simulation ended.

    Attributes:
        truth: what happened.
        seconds: virtual seconds that it took.
        processes: how many worked.
    """

    truth: Truth
    seconds: float
    processes: int


class Simulation:
    """One simulation; the seed decides all of it."""

    def __init__(self, seed: int, scene: Scene) -> None:
        self.scene, self.generator = scene, random.Random(seed)
        self.timeline, self.truth = Timeline(), Truth(MOST_TRIES, Rhythm().patience)
        self.server = Server(self.timeline, self.truth)
        self.journals = SimulatedJournals(self.server)
        self.machines = [Machine(f"m{i}", self.generator) for i in range(scene.machines)]
        self.videos = [self._video() for _ in range(scene.videos)]
        self.processes = 0

    def run(self) -> Outcome:
        """Run it to the end.

        Raises:
            BrokenRuleError: something happened that must never happen.
        """
        for _ in range(self.scene.workers):
            self._start_worker(self.generator.uniform(0, 30))
        self.timeline.start(self._trouble_machines)
        self.timeline.start(self._trouble_disk)
        self.timeline.start(self._look)
        if not self.timeline.run(limit=_LIMIT):
            raise BrokenRuleError(f"{self.truth.left} videos never end")
        reader = self._process(NO_FAULTS)
        reasons = read_reasons(FOLDER, disk=SimulatedDisk(self.server, reader))
        self.truth.compare_end({n: v.length for n, v in enumerate(self.videos)}, reasons)
        return Outcome(self.truth, self.timeline.now, self.processes)

    def _video(self) -> Video:
        uniform, pick = self.generator.uniform, self.generator.random()
        length = self.generator.randint(1, 40)
        frame = self.generator.randrange(length)
        return Video(
            length=length,
            batch=self.generator.choice((4, 8, 16)),
            seconds=uniform(1, 25),
            fails_at=frame if pick < 0.02 else None,
            kills_at=frame if 0.02 < pick < 0.04 else None,
            fails_rarely=0.1 if pick > 0.9 else 0.0,
            is_hopeless=0.04 < pick < 0.05,
        )

    def _process(self, faults: Faults) -> Process:
        return Process(self.generator.choice(self.machines), self.timeline, self.generator, faults)

    def _start_worker(self, after: float) -> None:
        self.timeline.start(self._work, after)

    def _work(self) -> None:
        """Work as a job of a cluster: if it ends before its time, the cluster starts it again."""
        if self.truth.places and not self.truth.left:
            return
        process = self._process(self.scene.faults)
        self.processes += 1
        chance, now = self.generator.random(), self.timeline.now
        if chance < 0.1:
            process.dies_at = now + self.generator.uniform(0, 600)
        elif chance < 0.3:
            process.terminates_at = now + self.generator.uniform(30, 600)
        self.scene.worker(self.server, self.journals, self.videos, process).run()
        if self.truth.left or not self.truth.places:
            self._start_worker(self.generator.uniform(1, 120))

    def _trouble_machines(self) -> None:
        for _ in range(self.generator.randrange(3)):
            self.timeline.wait(self.generator.uniform(10, 600))
            self.generator.choice(self.machines).restart(self.timeline.now)

    def _trouble_disk(self) -> None:
        for _ in range(self.generator.randrange(3)):
            self.timeline.wait(self.generator.uniform(10, 400))
            self.server.is_full = True
            self.timeline.wait(self.generator.uniform(10, 300))
            self.server.is_full = False

    def _look(self) -> None:
        """A user looks at the queue at any moment, from a machine of its own."""
        machine = Machine("desk", self.generator)
        faults = attrs.evolve(self.scene.faults, death=0.0, stall=0.0, refused=0.0)
        process = Process(machine, self.timeline, self.generator, faults)
        disk, clock = SimulatedDisk(self.server, process), SimulatedClock(process)
        while not self.truth.places:
            self.timeline.wait(10)
        for _ in range(self.scene.looks):
            self.timeline.wait(self.generator.expovariate(1 / 60))
            began = self.timeline.now
            states = read_states(FOLDER, disk=disk, clock=clock)
            self.truth.compare(states, began - MEMORY, self.timeline.now)


def simulate(seed: int, scene: Scene | None = None) -> Outcome:
    """Run one simulation.

    Args:
        seed: decides all of it.
        scene: what is simulated.

    Raises:
        BrokenRuleError: something happened that must never happen.
    """
    return Simulation(seed, scene or Scene()).run()
