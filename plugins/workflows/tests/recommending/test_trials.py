"""Processes that measure: what they say, and what becomes of those that fail."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from poise_workflows.recommending import trials
from poise_workflows.recommending.trial import TASKS, filled
from poise_workflows.recommending.trials import TrialError, answer_of


def test_a_batch_has_as_many_frames_as_are_asked_for() -> None:
    images = np.arange(3).reshape(3, 1, 1, 1)

    again, truth = filled(images, ["a", "b", "c"], 5)
    fewer, none = filled(images, None, 2)

    assert again.ravel().tolist() == [0, 1, 2, 0, 1]
    assert truth == ["a", "b", "c", "a", "b"]
    assert (fewer.ravel().tolist(), none) == ([0, 1], None)


def test_a_command_that_refuses_is_quoted() -> None:
    said = r"its training failed \(exit status 2\): Error: must be CONFIG, .* got no --output"

    with pytest.raises(TrialError, match=said):
        answer_of("training", {"arguments": ["job.json", "flies.slp"]})


def test_a_process_that_breaks_is_quoted() -> None:
    with pytest.raises(TrialError, match=r"its nothing failed .exit status 1.: KeyError"):
        answer_of("nothing", {})


def test_a_process_that_is_killed_is_said_to_lack_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nkill -9 $$\n")
    program.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(program))

    with pytest.raises(TrialError, match="its training was ended by signal 9, as Linux does"):
        answer_of("training", {"arguments": []})


def test_a_process_that_takes_too_long_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(program))
    monkeypatch.setattr(trials, "SECONDS", 0.2)

    with pytest.raises(TrialError, match="its training took longer than"):
        answer_of("training", {"arguments": []})


def test_there_is_a_task_for_the_machine_and_for_both_commands() -> None:
    assert list(TASKS) == ["machine", "training", "prediction"]
