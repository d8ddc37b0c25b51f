"""Every report of strangers in ``shared/reports`` is answered as its ``expected.md`` says."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import reports

for module in pkgutil.iter_modules(reports.__path__, "reports."):
    importlib.import_module(module.name)

pytestmark = pytest.mark.usefixtures("keras")


@pytest.mark.parametrize("number", sorted(reports.CHECKS))
def test_a_report_is_answered_as_it_expects(number: str, shared: Path, tmp_path: Path) -> None:
    (folder,) = (shared / "reports").glob(f"{number}-*")

    reports.CHECKS[number](folder, tmp_path)


def test_every_report_has_a_check_or_a_reason(shared: Path) -> None:
    numbers = {number_of(folder) for folder in (shared / "reports").iterdir() if folder.is_dir()}

    assert numbers - set(reports.CHECKS) == set(ELSEWHERE)


def number_of(folder: Path) -> str:
    match = re.match(r"(wild-)?\d+", folder.name)
    assert match, folder
    return match[0]


ELSEWHERE = {
    "01": "needs older versions of Keras, with PyTorch: `poise matrix` runs it",
    "04": "needs older versions of Keras: `poise matrix` runs it",
    "14": "`poise predict` closes it",
}
"""Number of a report that this table does not run → why."""
