"""The drawing of a result, which ``--render`` asks for."""

from __future__ import annotations

from pathlib import Path

import attrs

from poise_workflows.frames.path_maps import Maps
from poise_workflows.journal.aside import kept
from poise_workflows.prediction.runs import Prediction, Run
from poise_workflows.rendering.of_results import render_result


def with_drawing(run: Run, result: Prediction, output: Path, maps: Maps | None) -> Prediction:
    """The result, drawn. The drawing of a finished run is left alone.

    Args:
        run: the run.
        result: what became of it.
        output: the video or picture.
        maps: as of ``render``.
    """
    if not (result.was_finished and output.exists()):
        former = kept(output) if run.overwrite or run.renew else None
        failure = render_result(result.output, run.selection, output, maps)
        if failure:
            if former is not None:
                former.unlink()
            return attrs.evolve(result, remarks=(*result.remarks, failure))
    return attrs.evolve(result, files=(*result.files, output))
