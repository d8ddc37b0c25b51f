"""SLEAP's files of labels, and those of ``poise sleap-convert``: equal, dataset by dataset."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from poise.cli._group import run

IN_SLEAP = {"clip": "clip.slp", "dance": "dance.mp4.labels.slp"}
IN_SLEAP["minimal_instance"] = "minimal_instance.pkg.slp"
CASES = ["clip", "dance", "minimal_instance", "single", "tracked", "two_videos", "untracked"]
WITHIN = 1e-9


@pytest.fixture(params=CASES)
def case(
    request: pytest.FixtureRequest,
    shared: Path,
    golden: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Any:
    """The folder of SLEAP's files, and the path of the input as it was given."""
    name = request.param
    file = IN_SLEAP.get(name, f"{name}.slp")
    place = shared / "sleap" / "labels" if name in IN_SLEAP else golden / "convert" / name
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    shutil.copyfile(place / file, tmp_path / "in" / file)
    return golden / "convert" / name, f"in/{file}"


def test_every_golden_file_is_tested(golden: Path) -> None:
    assert [path.name for path in sorted((golden / "convert").iterdir()) if path.is_dir()] == CASES


def test_analysis_files_have_the_datasets_of_the_original(case: Any) -> None:
    folder, source = case
    originals = sorted(folder.glob("*.analysis.h5"))

    assert run(["sleap-convert", "--format", "analysis", source]) == 0

    assert sorted(path.name for path in Path("in").glob("*.h5")) == [o.name for o in originals]
    for original in originals:
        with h5py.File(original) as theirs, h5py.File(Path("in") / original.name) as ours:
            assert set(ours) == set(theirs)
            for name, dataset in theirs.items():
                assert ours[name].shape == dataset.shape, name
                assert ours[name].dtype == dataset.dtype, name
                np.testing.assert_equal(ours[name][()], dataset[()], err_msg=name)


def test_csv_files_have_the_rows_of_the_original(case: Any) -> None:
    folder, source = case
    originals = sorted(folder.glob("*.analysis.csv"))
    if not originals:
        pytest.skip("the original's CSV file is not among the golden ones")

    assert run(["sleap-convert", "--format", "analysis.csv", source]) == 0

    assert sorted(path.name for path in Path("in").glob("*.csv")) == [o.name for o in originals]
    for original in originals:
        theirs, ours = (
            list(csv.reader(path.open())) for path in (original, "in" / Path(original.name))
        )
        assert ours[0] == theirs[0]
        assert [row[:2] for row in ours] == [row[:2] for row in theirs]
        assert [[not cell for cell in row] for row in ours] == [
            [not cell for cell in row] for row in theirs
        ]
        numbers = [
            [[float(cell or 0) for cell in row[2:]] for row in rows[1:]] for rows in (ours, theirs)
        ]
        np.testing.assert_allclose(*numbers, rtol=0, atol=WITHIN)
