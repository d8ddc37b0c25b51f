"""SLEAP's job files: training configurations, profiles, model folders.

- ``job``: ``read_sleap``, which reads a file or folder and reports what it changed;
- ``locate``, ``parsing``, ``authorship``: the file of a path, its data, and who wrote it;
- ``migrate``, ``model_section``: from that data to what the strict reader accepts;
- ``names``, ``skeleton_graph``, ``objects``: names of parts, edges and classes;
- ``migration_report``: notes on what was changed, assumed or left out;
- ``versions``, ``before_training``: notes on what SLEAP's versions and its training change;
- ``edition_change``: the same configuration in the other edition.
"""

from __future__ import annotations

from poise.job.sections import (
    InstanceCroppingConfig,
    JobSections,
    LabelsConfig,
    OptimizationConfig,
    OutputsConfig,
    PreprocessingConfig,
)
from poise.sleap.job import SleapJob, read_sleap
from poise.sleap.migration_report import MigrationReport, Note
from poise.sleap.skeleton_graph import read_skeleton

__all__ = [
    "InstanceCroppingConfig",
    "JobSections",
    "LabelsConfig",
    "MigrationReport",
    "Note",
    "OptimizationConfig",
    "OutputsConfig",
    "PreprocessingConfig",
    "SleapJob",
    "read_skeleton",
    "read_sleap",
]
