"""Find profiles by their names."""

from __future__ import annotations

from pathlib import Path

from poise.errors import Fault
from poise.files import read_text_of
from poise.messages import argument_path, suggestion
from poise.wire.text import read_yaml
from poise_workflows.training.errors import TrainingError

_FOLDER = Path(__file__).parent
_SUFFIX = ".yaml"


def profile_names() -> list[str]:
    """The names of all profiles, in order."""
    return sorted(path.name.removesuffix(_SUFFIX) for path in _FOLDER.glob(f"*{_SUFFIX}"))


def profile_rows() -> list[tuple[str, str, str]]:
    """Of each profile: its name, and the keys of its backbone and of its head type."""
    rows = []
    for name in profile_names():
        path = _FOLDER / f"{name}{_SUFFIX}"
        model = read_yaml(read_text_of(path), path.name)["model"]
        (backbone,), (head,) = model["backbone"], model["heads"]
        rows.append((name, str(backbone), str(head)))
    return rows


def find_profile(source: str | Path, named: str = "config") -> Path | None:
    """The file of a profile; ``None`` if ``source`` is the path of something that exists.

    Args:
        source: a path, or the name of a profile, with or without ``.json`` as in SLEAP.
        named: the argument that names it.

    Raises:
        TrainingError: there is neither a file nor a profile of this name.
    """
    if Path(source).exists():
        return None
    name = str(source).removesuffix(".json").removesuffix(_SUFFIX)
    if name not in profile_names():
        what = f"must be a file or a profile, got {str(source)!r}"
        fix = suggestion(name, profile_names(), noun="profiles")
        raise TrainingError([Fault(f"{what}; {fix}", argument_path(named))])
    return _FOLDER / f"{name}{_SUFFIX}"
