"""Write a configuration as the file of a job."""

from __future__ import annotations

from pathlib import Path

from poise.reading import Reading
from poise.wire.text import write_json, write_yaml
from poise.writing.whole_files import write_text
from poise_workflows.journal.aside import kept
from poise_workflows.recommending.candidates import Changes
from poise_workflows.training.jobs import to_data, with_values


def write_configuration(path: Path, profile: Reading, changes: Changes) -> Path | None:
    """Write a profile with some values changed; ``poise train`` takes the file.

    Args:
        path: the file; one that is there is kept under a numbered name.
        profile: the profile.
        changes: the values.

    Returns:
        The other name of what was there; ``None`` if nothing was.

    Raises:
        OSError: it cannot be written. What was there keeps its name.
    """
    data = to_data(with_values(profile, changes))
    former = kept(path)
    write_text(path, write_json(data) if path.suffix.lower() == ".json" else write_yaml(data))
    return former
