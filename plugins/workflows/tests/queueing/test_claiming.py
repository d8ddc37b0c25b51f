"""Workers take entries of a queue, hold them, and give them back."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poise_workflows.journal import claims
from poise_workflows.queueing.claiming import MOST_TRIES, Queue
from poise_workflows.queueing.disks import Disk
from poise_workflows.queueing.holding import Claim, LostClaimError
from poise_workflows.queueing.names import from_name
from poise_workflows.queueing.owners import Owner, this_owner
from poise_workflows.queueing.queue_folders import Place
from poise_workflows.queueing.states import read_reasons, read_states, requeue
from poise_workflows.queueing.watching import Rhythm

Workers = Callable[..., Queue]


def claim_of(queue: Queue) -> Claim:
    claim = queue.take()
    assert claim is not None
    return claim


def counts(folder: Path) -> dict[str, int]:
    return {place: count for place, count in read_states(folder).counts().items() if count}


def take_over(queue: Queue, clock: Any) -> Claim | None:
    """What a worker takes after it watched long enough."""
    for _ in range(20):
        claim = queue.take()
        if claim is not None:
            return claim
        clock.time += 10
    return None


class FullDisk(Disk):
    """Has no room."""

    def write(self, path: str, content: bytes) -> None:
        raise OSError(28, "no room")


def test_each_entry_is_taken_once_and_done_once(worker: Workers, folder: Path) -> None:
    workers = [worker(name) for name in "abc"]
    workers[0].create(range(100))
    numbers = []
    for index in range(100):
        claim = claim_of(workers[index % 3])
        numbers.append(claim.number)
        assert claim.finish(10)

    assert sorted(numbers) == list(range(100))
    assert [queue.take() for queue in workers] == [None] * 3
    assert all(queue.is_over() for queue in workers)
    assert counts(folder) == {"done": 100}


def test_a_queue_is_not_over_while_an_entry_is_claimed(worker: Workers) -> None:
    queue = worker("a")
    queue.create([0])
    claim = claim_of(queue)

    assert not worker("b").is_over()
    claim.set_aside("it is no video")
    assert worker("b").is_over()


def test_a_claim_is_renewed_under_a_name_that_never_comes_again(
    worker: Workers, folder: Path
) -> None:
    queue = worker("a")
    queue.create([0])
    claim, names = claim_of(queue), set()
    for _ in range(5):
        names |= {path.name for path in (folder / "claimed").iterdir()}
        queue.beat()

    assert len(names) == 5
    assert claim.is_held()


def test_the_claim_of_a_dead_worker_is_taken_over(worker: Workers, clock: Any) -> None:
    dead, other = worker("a"), worker("b")
    dead.create([0])
    former = claim_of(dead)

    claim = take_over(other, clock)

    assert claim is not None
    assert claim.is_held()
    assert not former.is_held()


def test_a_worker_that_renews_its_claim_keeps_it(worker: Workers, clock: Any) -> None:
    alive, other = worker("a"), worker("b")
    alive.create([0])
    claim = claim_of(alive)
    for _ in range(30):
        clock.time += 10
        alive.beat()
        assert other.take() is None

    assert claim.is_held()


@pytest.mark.parametrize(
    "leave",
    [
        lambda claim: claim.finish(10),
        lambda claim: claim.release(10),
        lambda claim: claim.fail("it fails", 10),
        lambda claim: claim.set_aside("it is no video"),
    ],
)
def test_who_lost_a_claim_changes_nothing(
    leave: Callable[[Claim], Any], worker: Workers, clock: Any
) -> None:
    dead, other = worker("a"), worker("b")
    dead.create([0])
    former = claim_of(dead)
    claim = take_over(other, clock)
    assert claim is not None

    assert not leave(former)
    assert claim.is_held()
    with pytest.raises(LostClaimError, match="entry 0"):
        former.require_held()


def test_a_claim_that_was_just_renewed_is_trusted_and_an_older_one_is_asked_for(
    worker: Workers, folder: Path, clock: Any
) -> None:
    queue = worker("a")
    queue.create([0])
    claim = claim_of(queue)
    name = claim.entry.to_name()

    clock.time += Rhythm().trust - 1
    claim.require_held()
    assert claim.entry.to_name() == name
    clock.time += 1
    claim.require_held()
    assert claim.entry.to_name() != name
    assert [path.name for path in (folder / "claimed").iterdir()] == [claim.entry.to_name()]


def test_trust_ends_well_before_others_lose_patience() -> None:
    assert Rhythm().beat < Rhythm().trust <= Rhythm().patience / 3


def test_an_entry_that_fails_again_and_again_without_a_new_frame_is_set_aside(
    worker: Workers, folder: Path
) -> None:
    queue = worker("a")
    queue.create([0])
    places = [claim_of(queue).fail(f"frame {time} is bad", 0) for time in range(MOST_TRIES)]

    assert places == [Place.WAITING] * (MOST_TRIES - 1) + [Place.ASIDE]
    reasons = [reason for _, reason in read_reasons(folder)[0]]
    assert reasons == [f"frame {time} is bad" for time in range(MOST_TRIES)]


def test_attempts_that_add_frames_do_not_count(worker: Workers, folder: Path) -> None:
    queue = worker("a")
    queue.create([0])
    for frames in range(1, 20):
        assert claim_of(queue).fail("it is bad", frames) is Place.WAITING

    assert counts(folder) == {"waiting": 1}


def test_released_entries_were_not_tried(worker: Workers, folder: Path) -> None:
    queue = worker("a")
    queue.create([0])
    for _ in range(20):
        assert claim_of(queue).release()

    assert counts(folder) == {"waiting": 1}


def test_an_entry_that_kills_its_workers_is_set_aside(
    worker: Workers, folder: Path, clock: Any
) -> None:
    worker("a").create([0])
    claim_of(worker("a"))
    for name in "bc":
        assert take_over(worker(name), clock) is not None

    assert take_over(worker("d"), clock) is None
    ((entry, reason),) = read_reasons(folder)[0]
    assert entry.owner == "d"
    assert "3 times in a row" in reason
    assert counts(folder) == {"aside": 1}


def test_an_entry_whose_workers_die_but_add_frames_goes_on(
    worker: Workers, folder: Path, clock: Any
) -> None:
    frames = iter(range(1, 100))
    queue = worker("a", frames_of=lambda number: next(frames))
    queue.create([0])
    for index in range(10):
        claim_of(queue)
        queue = worker(f"w{index}", frames_of=lambda number: next(frames))
        claim = take_over(queue, clock)
        assert claim is not None
        assert claim.entry.tries == 0
        claim.release()

    assert counts(folder) == {"waiting": 1}


def test_an_entry_whose_journal_cannot_be_read_is_given_back(
    worker: Workers, folder: Path, clock: Any
) -> None:
    def unreadable(number: int) -> int:
        raise PermissionError(13, "not allowed")

    worker("a").create([0])
    claim_of(worker("a"))

    with pytest.raises(PermissionError):
        take_over(worker("b", frames_of=unreadable), clock)
    assert counts(folder) == {"waiting": 1}


def test_entries_that_failed_wait_behind_the_others(worker: Workers) -> None:
    queue = worker("a")
    queue.create(range(3))
    bad = claim_of(queue)
    bad.fail("it is bad")

    assert [claim_of(queue).number for _ in range(3)][-1] == bad.number


def test_nothing_is_set_aside_without_its_reason(worker: Workers, folder: Path) -> None:
    worker("a").create([0, 1])
    queue = worker("b", disk=FullDisk(), most_tries=1)

    assert claim_of(queue).fail("it is bad") is Place.WAITING
    assert claim_of(queue).set_aside("it is bad")
    assert counts(folder) == {"waiting": 2}


def test_what_was_set_aside_may_be_tried_again(worker: Workers, folder: Path) -> None:
    queue = worker("a", most_tries=1)
    queue.create(range(3))
    for _ in range(3):
        claim_of(queue).fail("it is bad", 0)

    assert requeue(folder, [1, 7]) == [1]
    assert counts(folder) == {"waiting": 1, "aside": 2}
    assert requeue(folder) == [0, 2]
    assert requeue(folder) == []
    assert {claim_of(queue).entry.tries for _ in range(3)} == {0}


def test_a_worker_finds_a_claim_again_that_it_does_not_know_of(worker: Workers) -> None:
    queue = worker("a")
    queue.create([0])
    claim = claim_of(queue)
    queue._forget(claim)

    again = claim_of(queue)
    assert again.number == 0
    assert again.is_held()


def test_a_worker_that_closes_gives_everything_back(worker: Workers, folder: Path) -> None:
    queue = worker("a")
    queue.create([0])
    claim_of(queue)
    queue.close()

    assert counts(folder) == {"waiting": 1}
    assert read_states(folder).workers == {}


def test_a_worker_says_what_it_does(worker: Workers, folder: Path) -> None:
    queue = worker("a")
    queue.create([7])
    claim_of(queue)
    queue.beat({"frames": 12, "beats": "not this"})

    facts = read_states(folder).workers["a"]
    assert facts["works_on"] == [7]
    assert facts["frames"] == 12
    assert facts["beats"] == 2
    assert claims.from_json(facts["process"]).host == "a"


TAKE = """
import os, signal, sys
from poise_workflows.queueing.claiming import Queue
from poise_workflows.queueing.owners import this_owner
assert Queue(sys.argv[1], this_owner()).take() is not None
print("taken", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_the_claim_of_a_killed_process_on_the_same_machine_is_taken_over_at_once(
    folder: Path,
) -> None:
    queue = Queue(folder, this_owner("cpu"))
    queue.create([0])
    killed = subprocess.run(
        [sys.executable, "-c", TAKE, str(folder)], capture_output=True, text=True, check=False
    )
    assert killed.stdout == "taken\n"

    assert claim_of(queue).number == 0


DRAIN = """
import json, sys
from poise_workflows.queueing.claiming import Queue
from poise_workflows.queueing.owners import this_owner
queue, numbers = Queue(sys.argv[1], this_owner()), []
queue.create(range(300))
while claim := queue.take():
    numbers.append(claim.number)
    assert claim.finish(1)
print(json.dumps(numbers))
"""


def test_processes_that_start_together_share_the_entries(folder: Path) -> None:
    command = [sys.executable, "-c", DRAIN, str(folder)]
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    numbers = [number for process in processes for number in json.loads(process.communicate()[0])]

    assert sorted(numbers) == list(range(300))
    assert counts(folder) == {"done": 300}


def test_two_workers_never_have_the_same_name() -> None:
    names = {this_owner().name for _ in range(50)}

    assert len(names) == 50
    assert all(from_name(f"00000.tries0.frames0.move0@{name}") for name in names)


def test_an_owner_says_which_process_it_is() -> None:
    owner: Owner = this_owner("cuda:1")

    assert owner.device == "cuda:1"
    assert claims.is_own(owner.process)
