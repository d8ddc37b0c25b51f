"""Build, run, save and load models for minutes, while processes that do so are killed.

- *Steady*: a process that is never killed builds a model, predicts with it, saves it over the one
  before, and loads it again. It also asks for what Poise refuses. Its resident set, its descriptors
  and its threads are told over time.
- *Killed*: processes that do the same in a folder of their own are killed (SIGKILL) at random
  moments. Each next one first loads what is there, which must be a whole model.
- *Drafts*: what killed processes left, and what is left of it after the last save.

    python tests/benchmarks/soak.py [--minutes 10] [--seed N] [-o FILE]

Exit status 1 if a model was lost, a descriptor or a draft stayed, or memory grew by more than the
limit a round.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import psutil

KB_A_ROUND = 1000.0
"""How much a round may add to the resident set, in kB. Keras keeps some of each network."""

WARM = 10
"""Rounds after which imports on demand and caches have taken their memory."""

NAME = "model"
"""Of the model folder."""


def rounds(folder: Path) -> Iterator[int]:
    """Build, run, save, load; a number after each round.

    Raises:
        SystemExit: a model was lost, or differs from what was saved.
    """
    import numpy as np

    import poise

    place = folder / NAME
    if place.exists():
        poise.load(place)
    images = np.random.default_rng(0).random((2, 32, 32, 1), dtype="float32")
    number = 0
    while True:
        model = _build(poise, 2 + number % 3)
        predicted = model.predict_on_batch(images)
        poise.decode(model, predicted)
        poise.save(model, place, overwrite=True)
        again = poise.load(place).predict_on_batch(images)
        for name, array in predicted.items():
            if not np.allclose(array, again[name], atol=1e-6):
                sys.exit(f"round {number}: {name} of the loaded model differs")
        _refused(poise)
        number += 1
        yield number


def _build(poise: Any, filters: int) -> Any:
    config = poise.ModelConfig(
        backbone=poise.UNetConfig(max_stride=4, filters=filters),
        heads=poise.CentroidsHeadConfig(output_stride=2),
    )
    return poise.build(config, (32, 32, 1))


def _refused(poise: Any) -> None:
    """Requests that fail, which must leave nothing behind."""
    for data in (
        {"backbone": {"unet": {"filters": 10**6}}, "heads": {"centroid": {}}},
        {"backbone": {"unet": {"filtres": 8}}, "heads": {"centroid": {}}},
    ):
        try:
            poise.build(poise.ModelConfig.from_data(data), (32, 32, 1))
        except poise.PoiseError:
            continue
        sys.exit(f"must be refused, got a model of {data}")


def work(folder: Path) -> None:
    """Do rounds until killed, and tell after each what the process holds."""
    process = psutil.Process()
    for number in rounds(folder):
        facts = {
            "round": number,
            "rss_kb": process.memory_info().rss // 1000,
            "descriptors": process.num_fds(),
            "threads": process.num_threads(),
        }
        print(json.dumps(facts), flush=True)


class Worker:
    """A process of ``work``."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "log.jsonl"
        self._errors = folder / "errors.txt"
        words = [sys.executable, __file__, "--work", str(folder)]
        with self.log.open("w") as out, self._errors.open("w") as errors:
            self.process = subprocess.Popen(words, stdout=out, stderr=errors)

    def facts(self) -> list[dict[str, Any]]:
        """What it has told; a line that a kill cut off is left out."""
        whole, _, _ = self.log.read_text().rpartition("\n")
        return [json.loads(line) for line in whole.splitlines()]

    def complaint(self) -> str:
        """Why it ended by itself; empty while it runs."""
        status = self.process.poll()
        return "" if status is None else f"ended with {status}: {self._errors.read_text()[-500:]}"

    def kill(self) -> None:
        """End it without a word."""
        self.process.kill()
        self.process.wait()


def drafts(folder: Path) -> list[str]:
    """Everything beside the model and the logs."""
    stays = {NAME, "log.jsonl", "errors.txt"}
    return sorted(item.name for item in folder.iterdir() if item.name not in stays)


def soak(minutes: float, seed: int, folder: Path) -> dict[str, Any]:
    """Run both kinds of processes for a time."""
    draw, end = random.Random(seed), time.monotonic() + 60 * minutes
    places = folder / "steady", folder / "killed"
    for place in places:
        place.mkdir()
    steady, victim = map(Worker, places)
    complaints: list[str] = []
    kills, saved, left = 0, 0, set[str]()
    while time.monotonic() < end and not complaints:
        until = time.monotonic() + draw.uniform(5, 25)
        while time.monotonic() < min(until, end) and not (steady.complaint() or victim.complaint()):
            time.sleep(draw.uniform(0, 0.2))
        complaints += [text for text in (steady.complaint(), victim.complaint()) if text]
        victim.kill()
        kills, saved = kills + 1, saved + len(victim.facts())
        left.update(drafts(places[1]))
        print(json.dumps(steady.facts()[-1:]), file=sys.stderr, flush=True)
        victim = Worker(places[1])
    last = _finish(victim, complaints)
    steady.kill()
    return {
        **_growth(steady.facts()),
        "kills": kills,
        "rounds_of_killed": saved + last,
        "drafts_of_killed": len(left),
        "drafts_left": drafts(places[1]),
        "complaints": complaints,
    }


def _finish(victim: Worker, complaints: list[str]) -> int:
    """Let the last process finish a round: what it finds must be whole. How many it did."""
    end = time.monotonic() + 300
    while not victim.facts() and not victim.complaint() and time.monotonic() < end:
        time.sleep(0.1)
    if not victim.facts():
        complaints.append(victim.complaint() or "the last process did no round in 300 s")
    victim.kill()
    return len(victim.facts())


def _growth(facts: list[dict[str, Any]]) -> dict[str, Any]:
    warm, last = facts[min(WARM, len(facts)) - 1], facts[-1]
    many = max(1, last["round"] - warm["round"])
    return {
        "rounds": last["round"],
        "megabytes": [round(facts_["rss_kb"] / 1000, 1) for facts_ in (warm, last)],
        "kb_a_round": round((last["rss_kb"] - warm["rss_kb"]) / many, 1),
        "descriptors": [warm["descriptors"], last["descriptors"]],
        "threads": [warm["threads"], last["threads"]],
    }


def is_met(result: dict[str, Any]) -> bool:
    """Whether nothing was lost and nothing stayed."""
    before, after = result["descriptors"]
    stayed = after > before or result["drafts_left"] or result["complaints"]
    return not stayed and result["kb_a_round"] <= KB_A_ROUND


def main() -> int:
    """Soak and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0, help="of the moments of kills")
    parser.add_argument("-o", "--output", type=Path, help="also write the JSON there")
    parser.add_argument("--quick", action="store_true", help="half a minute; limits are only shown")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.work)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        result = soak(0.5 if options.quick else options.minutes, options.seed, Path(folder))
    met = is_met(result)
    about = {"benchmark": "soak", "python": platform.python_version(), "seed": options.seed}
    text = json.dumps({**about, "limit_kb_a_round": KB_A_ROUND, **result, "met": met}, indent=2)
    print(text)
    if options.output:
        options.output.write_text(text + "\n", encoding="utf-8")
    return 0 if met or options.quick else 1


if __name__ == "__main__":
    sys.exit(main())
