"""Drafts say who writes them, so that what a process left is told from what is being written."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from poise.writing import drafts
from poise.writing.drafts import (
    DRAFT,
    FORMER,
    PART,
    all_left,
    beside,
    drafts_of,
    is_left,
    place_of,
    sweep,
)
from writers import WAIT, killed_while_writing, names_in


def test_drafts_of_a_process_that_was_killed_are_listed_and_others_are_not(tmp_path: Path) -> None:
    file = tmp_path / "flies.slp"
    killed_while_writing(f"""
        from poise.writing.whole_files import whole_draft
        with whole_draft({str(file)!r}) as draft:
            {WAIT}
    """)
    for name in ("flies.slp", "flies.slp.part", "other.flies.slp.0123abcd.part"):
        (tmp_path / name).touch()

    (draft,) = drafts_of(file)
    assert draft.name.startswith("flies.slp.")
    assert draft.name.endswith(".part")
    assert drafts_of(tmp_path / "gone" / "flies.slp") == []


def test_a_draft_of_a_running_process_is_not_swept_and_one_of_a_dead_process_is(
    tmp_path: Path,
) -> None:
    file = tmp_path / "flies.slp"
    own = beside(file, PART)
    own.touch()
    killed_while_writing(f"""
        from poise.writing.whole_files import whole_draft
        with whole_draft({str(file)!r}) as draft:
            {WAIT}
    """)
    (dead,) = set(drafts_of(file)) - {own}
    assert (is_left(own), is_left(dead)) == (False, True)
    assert sweep(file, PART) == [dead]
    assert drafts_of(file) == [own]


def test_a_draft_of_another_machine_is_left_when_nobody_wrote_to_it_for_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "_machine", lambda: 0)
    draft = beside(tmp_path / "model", DRAFT)
    monkeypatch.setattr(drafts, "_machine", lambda: 1)
    draft.mkdir()
    (draft / "a.txt").touch()
    assert not is_left(draft)
    days_ago = time.time() - 2 * drafts.DAY
    os.utime(draft, (days_ago, days_ago))
    assert not is_left(draft)  # a file in it is new
    os.utime(draft / "a.txt", (days_ago, days_ago))
    assert is_left(draft)


def test_a_former_folder_is_left_only_if_another_one_stands_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "model"
    former = beside(folder, FORMER)
    former.mkdir()
    monkeypatch.setattr(drafts, "_runs", lambda process: False)
    assert not is_left(former)
    folder.mkdir()
    assert not is_left(former)
    (folder / "a.txt").touch()
    assert is_left(former)


def test_what_is_left_is_listed_at_any_depth_and_nothing_else_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "_runs", lambda process: False)
    (tmp_path / "runs").mkdir()
    left = [
        beside(place, ending)
        for place in (tmp_path / "model", tmp_path / "runs" / "model.v1")
        for ending in (DRAFT, FORMER, PART)
    ]
    for path in left:
        path.mkdir()
        (path / beside(path / "config.json", PART).name).touch()
    for name in ("model.part", ".model.former", ".a.0123.draft", "a.txt"):
        (tmp_path / name).touch()
    assert sorted(all_left(tmp_path)) == sorted(left)
    assert {place_of(path).name for path in left} == {"model", "model.v1"}
    assert len(names_in(tmp_path)) == 3 + 4 + 1
