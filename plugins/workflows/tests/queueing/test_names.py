"""What the name of an entry says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_workflows.queueing.names import Entry, from_name

COUNTS = st.integers(0, 10**9)
OWNERS = st.from_regex(r"[A-Za-z0-9_-]*", fullmatch=True)
ENTRIES = st.builds(Entry, COUNTS, COUNTS, COUNTS, COUNTS, OWNERS)


@given(entry=ENTRIES)
def test_an_entry_comes_back_from_its_name(entry: Entry) -> None:
    assert from_name(entry.to_name()) == entry


def test_a_name_can_be_read() -> None:
    entry = Entry(12, tries=1, frames=250, move=3, owner="gpu01-4242-ab12cd")

    assert entry.to_name() == "00012.tries1.frames250.move3@gpu01-4242-ab12cd"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "00012",
        "00012.txt",
        ".nfs0001",
        "entries.json",
        "00012.tries0.frames0.move0.part",
        "00012.tries٣.frames0.move0",
    ],
)
def test_other_names_are_no_entries(name: str) -> None:
    assert from_name(name) is None


@given(entry=ENTRIES, owner=OWNERS)
def test_no_name_comes_again_after_a_move(entry: Entry, owner: str) -> None:
    assert entry.moved(owner).move > entry.move


@given(entry=ENTRIES, frames=COUNTS)
def test_only_an_attempt_without_a_new_frame_counts(entry: Entry, frames: int) -> None:
    tried = entry.tried(frames)

    assert tried.tries == (0 if frames > entry.frames else entry.tries + 1)
    assert tried.frames == max(frames, entry.frames)
