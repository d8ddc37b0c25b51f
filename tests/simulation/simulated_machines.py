"""Machines, the file system that they share, and the processes that run on them.

The file system does what NFS may do. A machine remembers listings and names for up to a minute,
unless it changed the folder itself. The answer to a rename that worked may be lost, and the second
request gets "no such file". Requests fail or take long. There may be no room.
"""

from __future__ import annotations

import errno
import random
from typing import Any

import attrs
from simulated_time import Timeline
from simulated_truth import Truth

from poise_workflows.journal.claims import Claim as ProcessClaim
from poise_workflows.queueing.clocks import Clock
from poise_workflows.queueing.disks import Disk
from poise_workflows.queueing.owners import Owner
from poise_workflows.queueing.queue_folders import Place

MEMORY = 60.0
"""Seconds for which a machine may remember what a folder or a file was like."""


class ProcessEnded(BaseException):
    """The process is dead: nothing that it would still do happens."""


@attrs.frozen
class Faults:
    """What goes wrong, as probabilities of each access to a file, and in seconds.

    Attributes:
        death: the process dies, before the access or after it.
        stall: the process stands still for up to ``longest_stall``.
        lost: a rename works, and the answer says "no such file".
        refused: an access does not work, or a rename works and the answer says otherwise.
        old: what is remembered is returned.
        longest_stall: seconds.
        slow: seconds that an access takes at most.
    """

    death: float = 0.001
    stall: float = 0.002
    lost: float = 0.02
    refused: float = 0.004
    old: float = 0.5
    longest_stall: float = 300.0
    slow: float = 0.05


NO_FAULTS = Faults(death=0, stall=0, lost=0, refused=0, old=0)
MANY_FAULTS = Faults(death=0.003, stall=0.03, lost=0.04, refused=0.01, old=0.8, longest_stall=400.0)


class Server:
    """What really is on the disk.

    Attributes:
        folders: path → name → content.
        is_full: whether there is no room.
    """

    def __init__(self, timeline: Timeline, truth: Truth) -> None:
        self.timeline, self.truth = timeline, truth
        self.folders: dict[str, dict[str, bytes]] = {}
        self.is_full = False

    def rename(self, source: str, target: str) -> None:
        """Rename a file or a folder; nothing happens if the source is gone."""
        if source in self.folders:
            self._rename_folder(source, target)
            return
        (parent, name), (goal, new) = split(source), split(target)
        if name not in self.folders[parent]:
            raise FileNotFoundError(errno.ENOENT, "no such file", source)
        self.folders[goal][new] = self.folders[parent].pop(name)
        self.truth.see_move(self.timeline.now, parent, name, goal, new)

    def _rename_folder(self, source: str, target: str) -> None:
        if self.folders.get(target):
            raise OSError(errno.ENOTEMPTY, "not empty", target)
        self.folders[target] = self.folders.pop(source)
        self.truth.see_creation(self.timeline.now, self.folders[target])

    def write(self, path: str, content: bytes) -> None:
        """Write a file."""
        if self.is_full:
            self.truth.trouble["no room"] += 1
            raise OSError(errno.ENOSPC, "no room", path)
        folder, name = split(path)
        self.folders[folder][name] = content
        if folder.endswith(f"/{Place.WAITING}"):
            self.truth.see_creation(self.timeline.now, [name])


class Machine:
    """A machine: a clock, and what it remembers of the disk.

    Attributes:
        name: its name.
        boot: how often it was started.
        processes: number → process.
        listings: folder → when it was listed, and its names.
        looked_up: path → when it was looked up, and what was there.
        sizes: journal → when its size was seen, and the size.
    """

    def __init__(self, name: str, generator: random.Random) -> None:
        self.name, self.boot = name, 0
        self.offset = generator.uniform(-1e5, 1e5)
        self.rate = 1 + generator.uniform(-1e-3, 1e-3)
        self.processes: dict[int, Process] = {}
        self.forget()

    def forget(self, *folders: str) -> None:
        """Remember nothing of some folders that this machine changed; of none at all without."""
        if not folders:
            self.listings: dict[str, tuple[float, list[str]]] = {}
            self.looked_up: dict[str, dict[str, tuple[float, bytes | None]]] = {}
            self.sizes: dict[int, tuple[float, int]] = {}
        for folder in folders:
            self.listings.pop(folder, None)
            self.looked_up.pop(folder, None)

    def restart(self, now: float) -> None:
        """Lose power: every process dies, and their numbers may come again."""
        for process in self.processes.values():
            process.dies_at = min(process.dies_at, now)
        self.boot += 1
        self.forget()


@attrs.define(eq=False)
class Process:
    """A process.

    Attributes:
        machine: where it runs.
        timeline: how time passes.
        generator: what happens to it.
        faults: how often.
        dies_at: when it is dead.
        terminates_at: when it is asked to end.
        journals: the videos whose journals it has open.
    """

    machine: Machine
    timeline: Timeline
    generator: random.Random
    faults: Faults
    number: int = 0
    boot: int = 0
    dies_at: float = float("inf")
    terminates_at: float = float("inf")
    journals: set[int] = attrs.field(factory=set)

    def __attrs_post_init__(self) -> None:
        self.number, self.boot = len(self.machine.processes) + 1, self.machine.boot
        self.machine.processes[self.number] = self

    def owner(self) -> Owner:
        """This process as a worker."""
        machine = self.machine.name
        process = ProcessClaim(machine, str(self.boot), "", self.number, 0.0)
        return Owner(f"{machine}-{self.number}", process)

    def is_alive(self) -> bool:
        """Whether it runs."""
        return self.timeline.now < self.dies_at

    def sees_alive(self, facts: Any) -> bool | None:
        """Whether the process that a worker's file names runs, as far as it can be seen."""
        process = facts.get("process", {})
        here = (self.machine.name, str(self.machine.boot))
        if (process.get("host"), process.get("boot")) != here:
            return None
        return self.machine.processes[process["pid"]].is_alive()

    def wait(self, seconds: float) -> None:
        """Let time pass, or die meanwhile."""
        self.timeline.wait(max(0.0, min(seconds, self.dies_at - self.timeline.now)))
        if not self.is_alive():
            raise ProcessEnded

    def end(self) -> None:
        """End, well or not."""
        self.dies_at = min(self.dies_at, self.timeline.now)


class SimulatedClock(Clock):
    """The clock of a machine, which is wrong and not as fast as others."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def now(self) -> float:
        machine = self._process.machine
        return machine.offset + self._process.timeline.now * machine.rate

    def sleep(self, seconds: float) -> None:
        self._process.wait(seconds / self._process.machine.rate)


class SimulatedDisk(Disk):
    """The shared disk, as a process sees it."""

    def __init__(self, server: Server, process: Process) -> None:
        self.server, self.process = server, process

    def names(self, folder: str) -> list[str]:
        self.reach()
        machine, now = self.process.machine, self.server.timeline.now
        listing = machine.listings.get(folder)
        if listing is None or not self.is_old(listing[0]):
            if folder not in self.server.folders:
                raise FileNotFoundError(errno.ENOENT, "no such folder", folder)
            listing = machine.listings[folder] = now, list(self.server.folders[folder])
        return listing[1]

    def exists(self, path: str) -> bool:
        self.reach()
        return self._look_up(path) is not None

    def read(self, path: str) -> bytes:
        self.reach()
        content = self._look_up(path)
        if content is None:
            raise FileNotFoundError(errno.ENOENT, "no such file", path)
        return content

    def rename(self, source: str, target: str) -> None:
        reached = self.reach(is_rename=True)
        folders = split(source)[0], split(target)[0]
        try:
            self.server.rename(source, target)
        finally:
            self.process.machine.forget(*folders)
        self.survive()
        if reached is not None:
            raise reached

    def write(self, path: str, content: bytes) -> None:
        self.reach()
        self.server.write(path, content)
        self.process.machine.forget(split(path)[0])
        self.survive()

    def write_mark(self, path: str) -> None:
        self.server.write(path, b"")

    def remove(self, path: str) -> None:
        self.reach()
        folder, name = split(path)
        self.server.folders.pop(path, None)
        self.server.folders.get(folder, {}).pop(name, None)
        self.process.machine.forget(folder)

    def make_folder(self, path: str) -> None:
        self.reach()
        self.server.folders.setdefault(path, {})
        self.process.machine.forget(split(path)[0], path)

    def room(self, folder: str) -> int:
        return 0 if self.server.is_full else 1 << 40

    def reach(self, *, is_rename: bool = False) -> OSError | None:
        """Let an access take its time, fail, or find the process dead.

        Returns:
            What to raise after a rename that worked.
        """
        process, faults = self.process, self.process.faults
        luck, process_wait = process.generator.random(), process.wait
        process_wait(faults.slow * luck * luck)
        self.survive()
        chance, trouble = process.generator.random(), self.server.truth.trouble
        if is_rename and chance < faults.lost:
            trouble["answers lost"] += 1
            return FileNotFoundError(errno.ENOENT, "no such file, says the second answer")
        if 1 - chance < faults.refused:
            trouble["requests refused"] += 1
            error = OSError(errno.EIO, "the server did not answer")
            if is_rename and luck < 0.5:
                return error
            raise error
        return None

    def survive(self) -> None:
        """Die or stall, now and then."""
        process, faults = self.process, self.process.faults
        chance, trouble = process.generator.random(), self.server.truth.trouble
        if chance < faults.death:
            trouble["processes killed"] += 1
            process.end()
            raise ProcessEnded
        if 1 - chance < faults.stall:
            trouble["processes stalled"] += 1
            process.wait(process.generator.uniform(1, faults.longest_stall))

    def is_old(self, seen: float) -> bool:
        """Whether the machine answers with what it saw then."""
        process = self.process
        age = process.timeline.now - seen
        is_old = 0 < age < MEMORY and process.generator.random() < process.faults.old
        self.server.truth.trouble["old answers"] += is_old
        return is_old

    def _look_up(self, path: str) -> bytes | None:
        folder, name = split(path)
        memory = self.process.machine.looked_up.setdefault(folder, {})
        answer = memory.get(name)
        if answer is None or not self.is_old(answer[0]):
            content = self.server.folders.get(folder, {}).get(name)
            answer = memory[name] = self.server.timeline.now, content
        return answer[1]


def split(path: str) -> tuple[str, str]:
    """The folder and the name of a path."""
    folder, _, name = path.rpartition("/")
    return folder, name
