"""What a page shows of earlier epochs is kept in files, and a damaged one is left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from poise_workflows.reporting.epochs import MOST
from poise_workflows.reporting.record_files import read_kept, with_record
from poise_workflows.reporting.records import Kept, Record


def epochs_of(kept: Kept) -> list[int]:
    return [record.epoch for record in kept.records]


def test_what_was_written_is_read_as_it_was(run: Path, record_of: Callable[..., Record]) -> None:
    kept = read_kept(run, 3)

    assert epochs_of(kept) == [1, 2, 3]
    assert kept.notes == ()
    assert [still.title for still in kept.stills] == ["flies.mp4, frame 3", "flies.mp4, frame 8"]
    assert kept.records[1].found == record_of(2).found
    assert kept.records[1].worst[0].found == record_of(2).worst[0].found


def test_an_epoch_that_is_trained_again_is_not_shown_before(run: Path) -> None:
    assert epochs_of(read_kept(run, 2)) == [1, 2]


def test_an_epoch_that_was_trained_again_replaces_what_was_there(
    run: Path, record_of: Callable[..., Record]
) -> None:
    kept = with_record(run, read_kept(run, 1), record_of(2, measured=1))

    assert epochs_of(kept) == [1, 2]
    assert read_kept(run, 2).records[1].measured == 1


def test_too_many_epochs_are_thinned_in_the_folder_too(
    run: Path, record_of: Callable[..., Record]
) -> None:
    kept = read_kept(run, 3)
    for epoch in range(4, 40):
        kept = with_record(run, kept, record_of(epoch))

    assert len(kept.records) == MOST
    assert epochs_of(read_kept(run, 39)) == epochs_of(kept)


@pytest.mark.parametrize("text", ["", "{", "[1]", "{}", '{"epoch": 2}', "[" * 100_000])
def test_a_damaged_file_is_left_out_and_named(text: str, run: Path) -> None:
    (run / "report" / "epoch-000002.json").write_text(text, encoding="utf-8")

    kept = read_kept(run, 3)

    assert epochs_of(kept) == [1, 3]
    assert kept.notes == ("report/epoch-000002.json cannot be read; what it had is missing here",)


def test_a_picture_that_would_be_fetched_is_refused(run: Path) -> None:
    file = run / "report" / "epoch-000002.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    data["found"][0]["maps"][0]["uri"] = "https://example.org/x.png"
    file.write_text(json.dumps(data), encoding="utf-8")

    assert epochs_of(read_kept(run, 3)) == [1, 3]


def test_damaged_pictures_of_the_examples_take_no_figures_away(run: Path) -> None:
    (run / "report" / "examples.json").write_text('{"stills": [{}]}', encoding="utf-8")

    kept = read_kept(run, 3)

    assert kept.stills == ()
    assert epochs_of(kept) == [1, 2, 3]
    assert len(kept.notes) == 1
