"""Why a plugin cannot be used: cause and fix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from poise.messages import described, join_names, short_repr, suggestion
from poise.registry import documented
from poise.registry.discovery import Candidate
from poise.settings import PREFER, STRICT


class Broken(Exception):
    """A plugin breaks the contract; carries cause and fix."""

    def __init__(self, cause: str, fix: str) -> None:
        super().__init__(cause)
        self.cause: str = cause
        self.fix: str = fix


class Failure(NamedTuple):
    """A plugin that cannot be used.

    Attributes:
        candidate: the entry point that failed.
        cause: what is wrong, on one line.
        fix: how to fix it, on one line.
    """

    candidate: Candidate
    cause: str
    fix: str

    @classmethod
    def of_clash(
        cls, candidate: Candidate, claims: Sequence[Candidate], preferred: str | None = None
    ) -> Failure:
        """The failure of a key that several entry points claim.

        Args:
            candidate: one of them.
            claims: all of them.
            preferred: the preferred distribution, if it is not among the claimants.
        """
        names = sorted({str(claimant) for claimant in claims})
        key = candidate.key
        if all(claimant.fault for claimant in claims):
            return cls.of_metadata(candidate)
        if len(names) == 1:
            return cls(
                candidate,
                f"{names[0]} registers {key!r} {len(claims)} times",
                f"remove all but one entry point {key!r} from its pyproject.toml",
            )
        among = f", and {PREFER} names {preferred}, which does not claim it" if preferred else ""
        return cls(
            candidate,
            f"claimed by {' and '.join(names)}{among}",
            f"set {PREFER}={key}={candidate.distribution} or another of them, "
            "or uninstall all but one",
        )

    @classmethod
    def of_rival(cls, candidate: Candidate, cause: str) -> Failure:
        """The failure of an entry point that claims a key of the Poise project."""
        key, distribution = candidate.key, candidate.distribution
        fix = f"rename the key of {distribution}, or set {PREFER}={key}={distribution} to use it"
        return cls(candidate, cause, fix)

    @classmethod
    def of_metadata(cls, candidate: Candidate) -> Failure:
        """The failure of an entry point whose distribution has damaged metadata."""
        fix = f"pip uninstall {candidate.distribution} until none is left, and install it again"
        return cls(candidate, candidate.fault, fix)

    @classmethod
    def of_early_lookup(cls, candidate: Candidate) -> Failure:
        """The failure of a key that its plugin looks up during its import."""
        return cls(
            candidate,
            "its plugin looks it up while Poise imports the plugin",
            "look plugins up in functions, not at the top of the module",
        )

    def line(self) -> str:
        """One line for listings."""
        candidate = self.candidate
        return f"{candidate.kind} {candidate.key} ({candidate}): {self.cause}"

    def message(self) -> str:
        """The whole message of a lookup of the key."""
        candidate = self.candidate
        return (
            f"{candidate.kind} {candidate.key!r} cannot be used: {self.cause}\n"
            f"  from: {candidate}, entry point {candidate.key} = {candidate.value!r}\n"
            f"  fix: {self.fix}"
        )


def strict_message(failures: Sequence[Failure]) -> str:
    """The message of every lookup while plugins fail and ``POISE_STRICT`` is set."""
    lines = [failure.line() for failure in failures[:8]]
    more = [f"… and {len(failures) - 8} more"] if len(failures) > 8 else []
    number = "a plugin" if len(failures) == 1 else f"{len(failures)} plugins"
    heading = f"{STRICT} is set, and {number} cannot be used:"
    return "\n  ".join([heading, *lines, *more])


def unknown_message(
    kind: str, key: object, refused: Mapping[Candidate, str], keys: Iterable[str]
) -> str:
    """The message for a key that no plugin provides.

    Args:
        kind: name of the kind.
        key: the key.
        refused: the entry points that claim it → why each may not be used.
        keys: those that plugins provide.
    """
    what = f"no {kind} {short_repr(key)}"
    if refused:
        return (
            f"{what}: {join_names(f'{each} has it, but is {why}' for each, why in refused.items())}"
        )
    distribution = documented.distribution_of(kind, key) if isinstance(key, str) else None
    if distribution is not None:
        return f"{what} is installed: {distribution} provides it (pip install {distribution})"
    return f"{what}; {suggestion(key, keys, noun='installed')}"


def failure_of(error: BaseException, candidate: Candidate) -> Failure:
    """The failure that an error during the import of a plugin means."""
    if isinstance(error, Broken):
        return Failure(candidate, error.cause, error.fix)
    module = candidate.value.partition(":")[0].strip()
    authors = f"report it to the authors of {candidate.distribution}"
    if isinstance(error, SystemExit):
        cause = f"loading {module} ended the program (sys.exit({short_repr(error.code)}))"
        return Failure(candidate, cause, f"{authors}, or uninstall it")
    cause = described(error)
    if isinstance(error, SyntaxError) and error.filename:
        cause = f"SyntaxError: {error.msg} in {error.filename}, line {error.lineno}"
    if isinstance(error, ModuleNotFoundError) and error.name:
        missing, package = error.name.partition(".")[0], module.partition(".")[0]
        if missing == package or missing.startswith(f"{package}_"):
            return Failure(candidate, cause, _fix_of_own_module(candidate.distribution, error.name))
        return Failure(candidate, cause, f"install the package that provides {missing!r}")
    return Failure(candidate, cause, f"upgrade {candidate.distribution}, or {authors}")


def _fix_of_own_module(distribution: str, module: str) -> str:
    """How to get a module that belongs to the plugin's own distribution."""
    if _had_file_of(distribution, module):
        return f"reinstall {distribution}, whose file was removed"
    return (
        f"add {module} to {distribution}, whose wheel lacks it; "
        "[tool.hatch.build.targets.wheel] in pyproject.toml, or the like, says what a wheel has"
    )


def _had_file_of(distribution: str, module: str) -> bool:
    """Whether a distribution was installed with a file of a module, there now or not."""
    import importlib_metadata

    try:
        # Not by `files`, which leaves out what is missing.
        record = importlib_metadata.distribution(distribution).read_text("RECORD")
    except importlib_metadata.PackageNotFoundError:
        record = None
    stem = module.replace(".", "/")
    return any(line.startswith((f"{stem}.", f"{stem}/")) for line in (record or "").splitlines())
