"""A head that cannot decode has a page, too: with its maps, and the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from poise_workflows import train
from small_labels import job, write_job, write_labels

pytestmark = pytest.mark.usefixtures("keras", "learning")


def test_a_head_that_decodes_nothing_shows_its_maps(tmp_path: Path) -> None:
    write_job(tmp_path / "job.json", job())
    write_labels(tmp_path / "flies.slp")

    run = train(tmp_path / "job.json", tmp_path / "flies.slp", tmp_path / "run")

    text = (run.folder / "report.html").read_text(encoding="utf-8")
    assert "Maps alone: the head type dots does not decode its maps." in text
    assert ": map of dots" in text
    assert [note for note in run.notes if "report.html" in note] == []
