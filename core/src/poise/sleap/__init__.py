"""SLEAP's job files: training configurations, profiles, model folders."""

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
