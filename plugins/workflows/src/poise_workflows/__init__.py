"""The workflows of Poise: each verb is a command of ``poise`` and a function here.

Each function is imported on first use: ``import poise_workflows`` imports neither Keras nor
Matplotlib nor sleap-io.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from poise_workflows.benchmarking.errors import BenchmarkError as BenchmarkError
    from poise_workflows.benchmarking.results import Benchmark as Benchmark
    from poise_workflows.benchmarking.workflow import benchmark as benchmark
    from poise_workflows.differing.results import Diff as Diff
    from poise_workflows.differing.workflow import diff as diff
    from poise_workflows.evaluation.errors import EvaluationError as EvaluationError
    from poise_workflows.evaluation.errors import UnwritableMetricsError as UnwritableMetricsError
    from poise_workflows.evaluation.metric_files import read_metrics as read_metrics
    from poise_workflows.evaluation.results import Evaluation as Evaluation
    from poise_workflows.evaluation.run_tables import RunSummary as RunSummary
    from poise_workflows.evaluation.run_tables import summarize_runs as summarize_runs
    from poise_workflows.evaluation.workflow import evaluate as evaluate
    from poise_workflows.exporting.errors import ExportError as ExportError
    from poise_workflows.exporting.errors import UnprovenError as UnprovenError
    from poise_workflows.exporting.results import Export as Export
    from poise_workflows.exporting.workflow import export as export
    from poise_workflows.frames.sources import SourceError as SourceError
    from poise_workflows.inspecting.networks import NetworkFacts as NetworkFacts
    from poise_workflows.inspecting.workflow import inspect as inspect
    from poise_workflows.journal.errors import JournalError as JournalError
    from poise_workflows.pipelines.members import ModelsError as ModelsError
    from poise_workflows.prediction.loading import Predictor as Predictor
    from poise_workflows.prediction.loading import load as load
    from poise_workflows.prediction.options import Decoding as Decoding
    from poise_workflows.prediction.options import OptionsError as OptionsError
    from poise_workflows.prediction.runs import Prediction as Prediction
    from poise_workflows.prediction.workflow import predict as predict
    from poise_workflows.previewing.workflow import Preview as Preview
    from poise_workflows.previewing.workflow import preview as preview
    from poise_workflows.queueing.attending import work as work
    from poise_workflows.queueing.contract import EngineError as EngineError
    from poise_workflows.queueing.errors import QueueError as QueueError
    from poise_workflows.queueing.statuses import QueueStatus as QueueStatus
    from poise_workflows.queueing.statuses import VideoStatus as VideoStatus
    from poise_workflows.queueing.statuses import WorkerStatus as WorkerStatus
    from poise_workflows.queueing.statuses import status as status
    from poise_workflows.queueing.workflow import queue as queue
    from poise_workflows.recommending.results import Recommendations as Recommendations
    from poise_workflows.recommending.results import Recommended as Recommended
    from poise_workflows.recommending.workflow import recommend as recommend
    from poise_workflows.rendering.errors import RenderingError as RenderingError
    from poise_workflows.rendering.errors import UnwritableError as UnwritableError
    from poise_workflows.rendering.workflow import Rendering as Rendering
    from poise_workflows.rendering.workflow import render as render
    from poise_workflows.results.errors import ResultsError as ResultsError
    from poise_workflows.sleap_commands.label_facts import LabelFacts as LabelFacts
    from poise_workflows.suggesting.results import Suggested as Suggested
    from poise_workflows.suggesting.results import Suggestions as Suggestions
    from poise_workflows.suggesting.workflow import suggest as suggest
    from poise_workflows.tracking.workflow import Tracks as Tracks
    from poise_workflows.tracking.workflow import track as track
    from poise_workflows.training.errors import DivergedError as DivergedError
    from poise_workflows.training.errors import MemoryUsedUpError as MemoryUsedUpError
    from poise_workflows.training.errors import RunError as RunError
    from poise_workflows.training.errors import TrainingError as TrainingError
    from poise_workflows.training.package_runs import train_package as train_package
    from poise_workflows.training.results import Run as Run
    from poise_workflows.training.workflow import resume as resume
    from poise_workflows.training.workflow import train as train

_HOMES = {
    "Benchmark": "benchmarking.results",
    "BenchmarkError": "benchmarking.errors",
    "Decoding": "prediction.options",
    "Diff": "differing.results",
    "DivergedError": "training.errors",
    "EngineError": "queueing.contract",
    "Evaluation": "evaluation.results",
    "EvaluationError": "evaluation.errors",
    "Export": "exporting.results",
    "ExportError": "exporting.errors",
    "JournalError": "journal.errors",
    "LabelFacts": "sleap_commands.label_facts",
    "MemoryUsedUpError": "training.errors",
    "ModelsError": "pipelines.members",
    "NetworkFacts": "inspecting.networks",
    "OptionsError": "prediction.options",
    "Prediction": "prediction.runs",
    "Predictor": "prediction.loading",
    "Preview": "previewing.workflow",
    "QueueError": "queueing.errors",
    "QueueStatus": "queueing.statuses",
    "Recommendations": "recommending.results",
    "Recommended": "recommending.results",
    "Rendering": "rendering.workflow",
    "RenderingError": "rendering.errors",
    "ResultsError": "results.errors",
    "Run": "training.results",
    "RunError": "training.errors",
    "RunSummary": "evaluation.run_tables",
    "SourceError": "frames.sources",
    "Suggested": "suggesting.results",
    "Suggestions": "suggesting.results",
    "Tracks": "tracking.workflow",
    "TrainingError": "training.errors",
    "UnprovenError": "exporting.errors",
    "UnwritableError": "rendering.errors",
    "UnwritableMetricsError": "evaluation.errors",
    "diff": "differing.workflow",
    "VideoStatus": "queueing.statuses",
    "WorkerStatus": "queueing.statuses",
    "benchmark": "benchmarking.workflow",
    "evaluate": "evaluation.workflow",
    "export": "exporting.workflow",
    "inspect": "inspecting.workflow",
    "load": "prediction.loading",
    "predict": "prediction.workflow",
    "preview": "previewing.workflow",
    "queue": "queueing.workflow",
    "read_metrics": "evaluation.metric_files",
    "recommend": "recommending.workflow",
    "render": "rendering.workflow",
    "resume": "training.workflow",
    "status": "queueing.statuses",
    "suggest": "suggesting.workflow",
    "summarize_runs": "evaluation.run_tables",
    "track": "tracking.workflow",
    "train": "training.workflow",
    "train_package": "training.package_runs",
    "work": "queueing.attending",
}
"""Public name → its module. No module has a public name: its import would hide the function."""

__all__ = [
    "Benchmark",
    "BenchmarkError",
    "Decoding",
    "Diff",
    "DivergedError",
    "EngineError",
    "Evaluation",
    "EvaluationError",
    "Export",
    "ExportError",
    "JournalError",
    "LabelFacts",
    "MemoryUsedUpError",
    "ModelsError",
    "NetworkFacts",
    "OptionsError",
    "Prediction",
    "Predictor",
    "Preview",
    "QueueError",
    "QueueStatus",
    "Recommendations",
    "Recommended",
    "Rendering",
    "RenderingError",
    "ResultsError",
    "Run",
    "RunError",
    "RunSummary",
    "SourceError",
    "Suggested",
    "Suggestions",
    "Tracks",
    "TrainingError",
    "UnprovenError",
    "UnwritableError",
    "UnwritableMetricsError",
    "VideoStatus",
    "WorkerStatus",
    "benchmark",
    "diff",
    "evaluate",
    "export",
    "inspect",
    "load",
    "predict",
    "preview",
    "queue",
    "read_metrics",
    "recommend",
    "render",
    "resume",
    "status",
    "suggest",
    "summarize_runs",
    "track",
    "train",
    "train_package",
    "work",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_HOMES)
