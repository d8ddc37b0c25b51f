"""Read hostile files with a limit on memory and time, and report everything that happened.

    python watch.py KIND SECONDS < cases.json > outcomes.json

The process reads the cases of one kind in turn, each with every reader of that kind and with a
time limit. It writes a line of JSON before and after each reading. If the interpreter crashes,
the last line names the reading that caused it.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hostile_readers

from poise.errors import PoiseError

MEMORY = 2**30
"""Bytes of address space for all readings, besides what the libraries take at startup."""

EVENTS = (
    "compile",
    "ctypes.dlopen",
    "exec",
    "import",
    "marshal.loads",
    "os.chmod",
    "os.exec",
    "os.fork",
    "os.link",
    "os.mkdir",
    "os.posix_spawn",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.spawn",
    "os.symlink",
    "os.system",
    "os.truncate",
    "pickle.find_class",
    "pty.spawn",
    "shutil.",
    "socket.",
    "subprocess.Popen",
    "urllib.Request",
    "webbrowser.",
)
"""Beginnings of the names of audit events that reading a file never causes."""

TEMPORARY = tempfile.gettempdir()
"""Where archives are unpacked. Looked up now, because the lookup writes a file."""

seen: list[str] = []
watching = False
seconds = 0


class TooLong(BaseException):
    """A reading exceeded its time limit."""


def audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not watching:
        return
    if event == "open":
        path, mode, flags = arguments
        writes = flags & (os.O_WRONLY | os.O_RDWR) if isinstance(flags, int) else mode != "r"
        if writes and not _is_temporary(path):
            seen.append(f"open {path!r} {mode!r}")
    elif event == "import" and arguments[0] not in sys.modules:
        seen.append(f"import {arguments[0]}")
    elif event != "import" and event.startswith(EVENTS) and not _is_unpacking(event, arguments):
        seen.append(f"{event} {str(arguments)[:200]}")


def _is_unpacking(event: str, arguments: tuple[Any, ...]) -> bool:
    """Whether it is a folder of an archive's files that is made or removed."""
    if event not in ("os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree"):
        return False
    path, folder = str(arguments[0]), arguments[-1]
    if not Path(path).is_absolute() and isinstance(folder, int) and folder >= 0:
        path = str(Path(f"/proc/self/fd/{folder}").readlink() / path)
    return path.startswith(f"{TEMPORARY}/poise-")


def _is_temporary(path: Any) -> bool:
    return isinstance(path, str) and path.startswith(TEMPORARY)


@contextlib.contextmanager
def watched() -> Iterator[None]:
    global watching
    seen.clear()
    signal.alarm(seconds)
    watching = True
    try:
        yield
    finally:
        watching = False
        signal.alarm(0)


def _kilobytes(field: str) -> int:
    """A line of what the system says about the memory of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


def _memory_anew() -> int:
    """Forget the peak of the memory up to now; how much it is now, in kilobytes."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    return _kilobytes("VmRSS")


def outcome(reader: Any, path: Path) -> dict[str, Any]:
    """The outcome of one reading."""
    memory = _memory_anew()
    started = time.process_time()
    result: dict[str, Any] = {"error": None, "refused": False, "message": ""}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            with watched():
                result["message"] = str(reader(path) or "")
        except PoiseError as error:
            result |= {"refused": True, "message": str(error)}
        except BaseException as error:  # noqa: BLE001 - report any of them
            result["error"] = f"{type(error).__name__}: {str(error)[:500]}"
    messages = [str(warning.message) for warning in caught]
    return {
        **result,
        "warnings": messages,
        "events": list(seen),
        "seconds": time.process_time() - started,
        "megabytes": max(0, _kilobytes("VmHWM") - memory) / 1000,
    }


def tell(data: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(data) + "\n")
    sys.stdout.flush()


def main() -> None:
    kind = sys.argv[1]
    cases = json.load(sys.stdin)
    hostile_readers.prepare(kind)
    readers = hostile_readers.READERS[kind]

    def too_long(number: int, frame: Any) -> None:
        raise TooLong(f"more than {seconds} s")

    signal.signal(signal.SIGALRM, too_long)
    # So that imports on demand are done. Twice, since cattrs forgets the code that it compiled for
    # a class when it meets some types of fields for the first time.
    for reader in (*readers, *readers):
        for path in cases["warm"]:
            outcome(reader, Path(path))
    gc.freeze()  # looking for garbage among TensorFlow's objects takes longer than most readings
    global seconds
    seconds = int(sys.argv[2])
    sys.addaudithook(audit)
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
    for name, path in cases["cases"]:
        for reader in readers:
            tell({"case": name, "reader": reader.__name__})
            tell(outcome(reader, Path(path)))


if __name__ == "__main__":
    main()
