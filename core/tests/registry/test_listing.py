"""``poise list`` shows the truth, whatever it remembers."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

import poise
from poise.registry import remembering

BROKEN = "import does_not_exist\n"
TELLING = """
from pathlib import Path

with Path("{log}").open("a") as log:
    log.write("{name} ")
"""


def listed(installed: Any, *arguments: str, **environ: str) -> dict[str, dict[str, Any]]:
    """The rows of ``poise list --json`` by key."""
    done = installed.poise("list", "--json", *arguments, **environ)
    assert done.stderr == ""
    return {row["key"]: row for row in json.loads(done.stdout)}


def states(installed: Any, *arguments: str, **environ: str) -> dict[str, str]:
    return {key: row["state"] for key, row in listed(installed, *arguments, **environ).items()}


@pytest.fixture
def loads(installed: Any, tmp_path: Path) -> Any:
    """Two plugins that note when they are imported; a function that gives and forgets these."""
    log = tmp_path / "log"
    for key in ("early", "late"):
        installed.install_backbone(key)
        file = installed.folder / f"poise_{key}.py"
        file.write_text(file.read_text() + TELLING.format(log=log, name=key))

    def since_last() -> list[str]:
        names = log.read_text().split() if log.exists() else []
        log.unlink(missing_ok=True)
        return names

    return since_last


def test_a_plugin_that_worked_is_not_loaded_again(installed: Any, loads: Any) -> None:
    first = installed.poise("list").stdout
    assert loads() == ["early", "late"]

    assert installed.poise("list").stdout == first
    assert loads() == []


def test_fresh_loads_every_plugin_again(installed: Any, loads: Any) -> None:
    installed.poise("list")
    loads()

    assert states(installed, "--fresh") == {"early": "ok", "late": "ok"}
    assert loads() == ["early", "late"]


def test_only_the_plugin_whose_file_changed_is_loaded_again(installed: Any, loads: Any) -> None:
    installed.poise("list")
    loads()
    file = installed.folder / "poise_late.py"
    file.write_text(file.read_text() + "# changed\n")

    assert states(installed) == {"early": "ok", "late": "ok"}
    assert loads() == ["late"]


def test_a_file_of_the_same_size_but_another_time_is_loaded_again(
    installed: Any, loads: Any
) -> None:
    installed.poise("list")
    loads()
    file = installed.folder / "poise_early.py"
    os.utime(file, ns=(time.time_ns(), file.stat().st_mtime_ns - 10**9))

    installed.poise("list")

    assert loads() == ["early"]


def test_a_plugin_edited_into_a_broken_one_is_shown_broken(installed: Any) -> None:
    installed.install_backbone("tiny")
    assert states(installed) == {"tiny": "ok"}

    installed.write("poise_tiny.py", BROKEN)
    row = listed(installed)["tiny"]

    assert row["state"] == "broken"
    assert row["cause"] == "ModuleNotFoundError: No module named 'does_not_exist'"
    assert row["fix"] == "install the package that provides 'does_not_exist'"


def test_a_module_below_the_plugins_own_package_counts_as_its_file(installed: Any) -> None:
    source = "from poise_deep.inner import poise_backbones\n"
    installed.install_backbone("deep", name="poise-hidden")
    inner = (installed.folder / "poise_hidden.py").read_text()
    files = {"poise_deep/__init__.py": source, "poise_deep/inner.py": inner}
    installed.install("poise-deep", files, {"poise.backbones": {"deeper": "poise_deep"}})
    inner_file = installed.write("poise_deep/inner.py", inner.replace("'deep'", "'deeper'"))
    assert states(installed)["deeper"] == "ok"

    inner_file.write_text(BROKEN)

    assert states(installed)["deeper"] == "broken"


def test_a_broken_plugin_that_is_mended_is_shown_working(installed: Any) -> None:
    installed.install_backbone("tiny")
    file = installed.folder / "poise_tiny.py"
    working = file.read_text()
    file.write_text(BROKEN)
    assert states(installed) == {"tiny": "broken"}

    file.write_text(working)

    assert states(installed) == {"tiny": "ok"}


def test_a_plugin_mended_by_what_it_needs_is_shown_working(installed: Any) -> None:
    installed.install_backbone("tiny")
    file = installed.folder / "poise_tiny.py"
    file.write_text("import does_not_exist\n" + file.read_text())
    assert states(installed) == {"tiny": "broken"}

    installed.write("does_not_exist.py", "")

    assert states(installed) == {"tiny": "ok"}


def test_an_installation_appears_and_a_removal_shows(installed: Any) -> None:
    installed.install_backbone("first")
    assert states(installed) == {"first": "ok"}

    info = installed.install_backbone("second")
    assert states(installed) == {"first": "ok", "second": "ok"}

    for file in info.iterdir():
        file.unlink()
    info.rmdir()
    assert states(installed) == {"first": "ok"}


def test_a_removed_module_of_a_plugin_that_worked_is_noticed(installed: Any) -> None:
    installed.install_backbone("tiny")
    assert states(installed) == {"tiny": "ok"}

    (installed.folder / "poise_tiny.py").unlink()

    assert states(installed) == {"tiny": "broken"}


def test_a_plugin_that_loses_what_it_needs_is_shown_broken(installed: Any) -> None:
    installed.install_backbone("tiny")
    file = installed.folder / "poise_tiny.py"
    file.write_text("import needed\n" + file.read_text())
    needed = installed.write("needed.py", "")
    assert states(installed) == {"tiny": "ok"}

    needed.unlink()

    assert states(installed) == {"tiny": "broken"}


@pytest.mark.parametrize(
    "needing",
    [
        "import needed",
        "from between import needed",
        "import importlib; importlib.import_module('needed')",
        "import runpy, between; runpy.run_module('between')",
    ],
)
def test_every_plugin_is_judged_again_after_a_change_of_what_it_needs(
    installed: Any, needing: str
) -> None:
    installed.write("between.py", "import needed\n")
    needed = installed.write("needed.py", "")
    # The first to be judged is the one that imports it; the others only get it.
    for key in ("first", "second"):
        installed.install_backbone(key)
        file = installed.folder / f"poise_{key}.py"
        file.write_text(f"{needing}\n{file.read_text()}")
    installed.install_backbone("third")
    assert states(installed) == {"first": "ok", "second": "ok", "third": "ok"}

    needed.write_text(BROKEN)

    assert states(installed) == {"first": "broken", "second": "broken", "third": "ok"}


def test_a_plugin_that_needs_another_one_is_judged_again_with_it(
    installed: Any, loads: Any
) -> None:
    installed.install_backbone("upper")
    file = installed.folder / "poise_upper.py"
    file.write_text("import poise_early\n" + file.read_text())
    installed.poise("list")
    loads()
    early = installed.folder / "poise_early.py"
    early.write_text(early.read_text().replace("@hookimpl", "Config = None\n\n\n@hookimpl"))
    file.write_text("from poise_early import Config\nConfig.filters\n" + file.read_text())

    assert states(installed) == {"early": "broken", "late": "ok", "upper": "broken"}
    assert loads() != []


def cache_file(installed: Any) -> Path:
    (file,) = installed.cache.glob("plugins-*.json")
    return Path(file)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff\xfe\x00",
        b'{"environment": [], "files": {}, "verdicts": []}',
        b"[" * 100_000,
    ],
    ids=["empty", "cut off", "null", "a list", "no text", "of another place", "deep"],
)
def test_a_corrupt_memory_changes_nothing(installed: Any, content: bytes) -> None:
    installed.install_backbone("tiny", summary="Tiny")
    right = listed(installed)
    cache_file(installed).write_bytes(content)

    assert listed(installed) == right
    # And it is mended by the way.
    assert json.loads(cache_file(installed).read_text())["verdicts"]


@pytest.mark.parametrize("verdict", [[1, None, 1], ["", {}, 1], ["", None, "1"], [], ["", None]])
def test_a_memory_with_values_of_a_wrong_type_changes_nothing(
    installed: Any, verdict: list[Any]
) -> None:
    installed.install_backbone("tiny", summary="Tiny")
    right = listed(installed)
    data = json.loads(cache_file(installed).read_text())
    data["verdicts"][0][1] = verdict
    cache_file(installed).write_text(json.dumps(data))

    assert listed(installed) == right


def test_a_memory_that_cannot_be_written_changes_nothing(installed: Any, tmp_path: Path) -> None:
    installed.install_backbone("tiny")
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")

    assert states(installed, POISE_CACHE_DIR=str(in_the_way / "below")) == {"tiny": "ok"}
    assert in_the_way.read_text() == ""


def test_without_a_home_folder_nothing_is_written_to_the_working_folder(installed: Any) -> None:
    installed.install_backbone("tiny")

    done = installed.python(
        "-c",
        "import os, sys\n"
        "os.path.expanduser = lambda path: path\n"
        "from poise.cli import main\n"
        "sys.exit(main(['list']))",
        POISE_CACHE_DIR="",
        XDG_CACHE_HOME="",
        LOCALAPPDATA="",
    )

    assert done.returncode == 0
    assert list(installed.work.iterdir()) == []


def test_the_memory_of_one_environment_does_not_serve_another(
    installed: Any, loads: Any, tmp_path: Path
) -> None:
    installed.poise("list")
    loads()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    paths = os.pathsep.join([str(elsewhere), str(installed.folder), str(installed._libraries)])

    installed.poise("list", PYTHONPATH=paths)

    assert loads() == ["early", "late"]


def test_what_is_forbidden_by_the_environment_is_neither_loaded_nor_remembered_so(
    installed: Any, loads: Any
) -> None:
    assert states(installed, POISE_DISABLE="late") == {"early": "ok", "late": "disabled"}
    assert loads() == ["early"]
    assert states(installed, POISE_PLUGINS="late") == {"early": "disabled", "late": "ok"}
    assert states(installed) == {"early": "ok", "late": "ok"}
    assert loads() == ["late"]


def test_two_claims_to_a_key_clash_without_loading_either(installed: Any, loads: Any) -> None:
    loads()
    installed.install("poise-rival", {}, {"poise.backbones": {"late": "poise_rival"}})

    row = listed(installed)["late"]

    assert row["state"] == "clash"
    assert row["cause"] == "claimed by poise-late 1.0 and poise-rival 1.0"
    assert row["fix"].startswith("set POISE_PREFER=late=poise-late or another of them")
    assert loads() == ["early"]


def test_a_preference_settles_a_clash(installed: Any) -> None:
    installed.install_backbone("tiny")
    installed.install("poise-rival", {}, {"poise.backbones": {"tiny": "poise_rival"}})

    done = installed.poise("list", "--json", POISE_PREFER="tiny=poise-tiny")

    rows = {row["distribution"]: row for row in json.loads(done.stdout)}
    assert rows["poise-tiny"]["state"] == "ok"
    assert rows["poise-rival"]["state"] == "disabled"
    assert (
        rows["poise-rival"]["cause"] == "passed over, since POISE_PREFER gives 'tiny' to poise-tiny"
    )


def test_old_memories_are_forgotten(installed: Any) -> None:
    installed.install_backbone("tiny")
    installed.cache.mkdir()
    for number in range(30):
        old = installed.cache / f"plugins-{number:08}.json"
        old.write_text("{}")
        os.utime(old, (number, number))

    installed.poise("list")

    assert len(list(installed.cache.iterdir())) == 20
    assert json.loads(max(installed.cache.iterdir(), key=os.path.getmtime).read_text())["verdicts"]


def test_a_verdict_hangs_on_every_module_of_the_contract() -> None:
    stamped = {Path(path) for path, _ in remembering.environment()[4]}
    core = Path(poise.__file__).parent

    assert {*core.glob("*.py"), *core.glob("specs/*.py"), *core.glob("fields/*.py")} <= stamped
    assert core / "specs" / "tensors.py" in stamped
    assert core / "registry" / "importing.py" in stamped


def test_a_package_that_claims_a_key_of_poise_is_listed_as_a_clash_and_poise_works(
    installed: Any,
) -> None:
    installed.install_backbone("leap")
    installed.install("poise-rival", {}, {"poise.backbones": {"leap": "poise_rival"}})

    done = installed.poise("list", "--json")

    rows = {row["distribution"]: row for row in json.loads(done.stdout)}
    assert rows["poise-leap"]["state"] == "ok"
    assert rows["poise-rival"]["state"] == "clash"
    assert rows["poise-rival"]["cause"] == "passed over, since 'leap' is a key of poise-leap"
    assert rows["poise-rival"]["fix"] == (
        "rename the key of poise-rival, or set POISE_PREFER=leap=poise-rival to use it"
    )
