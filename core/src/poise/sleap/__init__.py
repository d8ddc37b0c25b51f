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
from poise.wire.sleap.job import SleapJob, read_sleap
from poise.wire.sleap.report import MigrationReport, Note
from poise.wire.sleap.skeleton import read_skeleton

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
