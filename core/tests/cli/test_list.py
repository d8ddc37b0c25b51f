"""What ``poise list`` prints, and what it costs in imports."""

from __future__ import annotations

import json
from typing import Any

import pytest


@pytest.fixture
def mixed(installed: Any) -> Any:
    """One that works, one that does not, a clash and a head."""
    installed.install_backbone("tiny", summary="Small and fast")
    installed.install_head("dots", summary="One map a part")
    installed.install("poise-bad", {"bad.py": "1 +"}, {"poise.backbones": {"bad": "bad"}})
    for name in ("poise-one", "poise-two"):
        installed.install(name, {}, {"poise.backbones": {"twice": "nothing"}})
    return installed


def test_the_listing_is_aligned_plain_text_with_faults_below(mixed: Any) -> None:
    done = mixed.poise("list")

    bad = mixed.folder / "bad.py"
    assert done.stdout == (
        "KIND      KEY    DISTRIBUTION  VERSION  STATE   SUMMARY\n"
        "backbone  bad    poise-bad     1.0      broken\n"
        "backbone  tiny   poise-tiny    1.0      ok      Small and fast\n"
        "backbone  twice  poise-one     1.0      clash\n"
        "backbone  twice  poise-two     1.0      clash\n"
        "head      dots   poise-dots    1.0      ok      One map a part\n"
        "\n"
        f"broken: backbone bad (poise-bad 1.0): SyntaxError: invalid syntax in {bad}, line 1\n"
        "  fix: upgrade poise-bad, or report it to the authors of poise-bad\n"
        "\n"
        "clash: backbone twice (poise-one 1.0, poise-two 1.0): "
        "claimed by poise-one 1.0 and poise-two 1.0\n"
        "  fix: set POISE_PREFER=twice=poise-one or another of them, or uninstall all but one\n"
    )
    assert done.stderr == ""
    assert done.returncode == 1


def test_one_kind_alone_can_be_listed(mixed: Any) -> None:
    done = mixed.poise("list", "heads")

    assert done.stdout == (
        "KIND  KEY   DISTRIBUTION  VERSION  STATE  SUMMARY\n"
        "head  dots  poise-dots    1.0      ok     One map a part\n"
    )
    assert done.returncode == 0  # what is broken is not among the heads


def test_the_long_listing_adds_entry_point_api_distribution_and_paper(installed: Any) -> None:
    installed.install_backbone("tiny", summary="Small", paper="'Somebody: Small networks'")
    installed.install(
        "poise-more",
        {"more.py": (installed.folder / "poise_tiny.py").read_text().replace("'tiny'", "'more'")},
        {"poise.backbones": {"more": "more"}},
        summary="More of it",
    )

    assert installed.poise("list", "-l").stdout == (
        "KIND      KEY   DISTRIBUTION  VERSION  STATE  API  ENTRY POINT  SUMMARY\n"
        "backbone  more  poise-more    1.0      ok     2    more         Small\n"
        "backbone  tiny  poise-tiny    1.0      ok     2    poise_tiny   Small\n"
        "\n"
        "backbone more\n"
        "  distribution: More of it\n"
        "  paper: Somebody: Small networks\n"
        "\n"
        "backbone tiny\n"
        "  paper: Somebody: Small networks\n"
    )


def test_json_has_every_column_of_every_plugin(mixed: Any) -> None:
    rows = json.loads(mixed.poise("list", "--json", "heads").stdout)

    assert rows == [
        {
            "kind": "head",
            "key": "dots",
            "distribution": "poise-dots",
            "version": "1.0",
            "entry_point": "poise_dots",
            "state": "ok",
            "summary": "One map a part",
            "paper": None,
            "api": 2,
            "cause": "",
            "fix": "",
        }
    ]


def test_what_a_plugin_prints_while_it_is_imported_is_not_in_the_json(installed: Any) -> None:
    installed.install_backbone("loud")
    file = installed.folder / "poise_loud.py"
    file.write_text("print('hello')\n" + file.read_text())

    done = installed.poise("list", "--json")

    assert [row["key"] for row in json.loads(done.stdout)] == ["loud"]
    assert done.stderr == "hello\n"


def test_with_nothing_installed_it_says_so(installed: Any) -> None:
    done = installed.poise("list")
    assert (done.stdout, done.returncode) == ("no plugins installed\n", 0)
    assert installed.poise("list", "--json").stdout == "[]\n"


def test_a_plugin_that_is_disabled_says_by_what(installed: Any) -> None:
    installed.install_backbone("tiny")

    assert installed.poise("list", POISE_DISABLE="poise-tiny").stdout == (
        "KIND      KEY   DISTRIBUTION  VERSION  STATE     SUMMARY\n"
        "backbone  tiny  poise-tiny    1.0      disabled  (disabled by POISE_DISABLE)\n"
    )


def test_strict_turns_any_failure_into_an_exit_status(mixed: Any) -> None:
    done = mixed.poise("list", "heads", POISE_STRICT="1")

    assert done.returncode == 1
    assert done.stderr == "poise: POISE_STRICT is set, and 3 of 5 plugins failed\n"
    assert "dots" in done.stdout


def test_strict_is_content_where_everything_works(installed: Any) -> None:
    installed.install_backbone("tiny")
    done = installed.poise("list", POISE_STRICT="1")
    assert (done.stderr, done.returncode) == ("", 0)


def test_a_variable_that_makes_no_sense_is_a_message_not_a_traceback(installed: Any) -> None:
    done = installed.poise("list", POISE_PREFER="tiny")

    assert done.returncode == 2
    assert done.stderr == "poise: must be key=distribution, got 'tiny' @ POISE_PREFER\n"


@pytest.mark.parametrize("arguments", [("--jsn",), ("spines",), ("heads", "heads")])
def test_an_argument_that_is_not_understood_is_refused(
    installed: Any, arguments: tuple[str, ...]
) -> None:
    done = installed.poise("list", *arguments)

    assert done.returncode == 2
    assert "Error: " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [(), ("--json",), ("-l", "backbones")])
def test_a_listing_of_known_plugins_imports_nothing_beyond_the_metadata_reader(
    installed: Any, arguments: tuple[str, ...]
) -> None:
    installed.install_backbone("tiny")
    installed.poise("list")

    imported = installed.modules_after_poise("list", *arguments)

    assert "importlib_metadata" in imported
    costly = {"click", "rich", "attr", "attrs", "cattrs", "pluggy", "hashlib", "dataclasses"}
    assert imported & (costly | {"numpy", "poise_tiny", "poise.errors"}) == set()


def test_a_reader_that_stops_early_is_no_fault(installed: Any) -> None:
    installed.install_backbone("tiny")

    done = installed.python(
        "-c",
        "import subprocess, sys\n"
        "poise = subprocess.Popen([sys.executable, '-S', '-P', '-c', "
        "'import time; time.sleep(0.3); from poise.cli import main; raise SystemExit(main())', "
        "'list'], stdout=subprocess.PIPE, stderr=subprocess.PIPE)\n"
        "poise.stdout.close()\n"
        "print(poise.stderr.read().decode(), poise.wait())",
    )

    assert done.stdout.split() == ["0"]
