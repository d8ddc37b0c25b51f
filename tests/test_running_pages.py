"""The runner of pages finds the faults of a page."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from pages import Page, PageError, read

Run = Callable[[str], Page]


@pytest.fixture
def run(tmp_path: Path, workspace: Path) -> Run:
    def run(text: str) -> Page:
        with Page("a.md", tmp_path, workspace) as page:
            page.run(read(dedent(text)))
        return page

    return run


def fenced(language: str, *lines: str) -> str:
    return "\n".join([f"```{language}", *lines, "```", ""])


def test_blocks_share_a_namespace_and_leave_nothing_behind(run: Run) -> None:
    before = Path.cwd(), dict(os.environ), list(sys.path)

    page = fenced("python", "import os", "one = 1", "os.environ['ONE'] = '1'", "os.mkdir('here')")
    run(page + "Then:\n\n" + fenced("python", "assert one == 1 and os.path.isdir('here')"))

    assert (Path.cwd(), dict(os.environ), list(sys.path)) == before


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (fenced("python", "1 / 0"), "python block at line 2: ZeroDivisionError: division by zero"),
        (
            fenced("python", "print(2)") + fenced("output", "3"),
            "-3\n+2",
        ),
        (fenced("python", "print([1])", "print([2])  # [3]"), "-[3]\n+[2]"),
        (fenced("output", "3"), "an output follows a python block"),
        (fenced("pycon", ">>> 1 + 1", "3"), "Expected:\n    3\nGot:\n    2"),
        (fenced("console", "$ poise show unetty"), "ended with 2 instead of 0"),
        (fenced("console", "$ poise --help", "Usage: pose …", "…"), "-Usage: pose …"),
        (fenced("console", "$ poise --help  # exit status 1"), "ended with 0 instead of 1"),
        (fenced("console", "nothing"), "no command has this output: 'nothing'"),
        (fenced("sh", "poise check nowhere.json"), "nowhere.json"),
        (fenced("sh", "python -c 'raise SystemExit(3)'"), "ended with 3 instead of 0"),
        (fenced("json", "{,}"), "json block at line 2: JSONDecodeError"),
        (
            fenced("json", '{"backbone": {"unet": {"filter": 4}}}'),
            "did you mean 'filters'? @ model.backbone.unet.filter",
        ),
        (fenced("yaml", "heads: {centroid: {sigma: -1}}"), "must be a number > 0"),
        (fenced("toml", "a = "), "TOMLDecodeError"),
        (fenced("ini", "a"), "MissingSectionHeaderError"),
        (
            fenced("{code-block} python", ":caption: a.py", "", "one = 1")
            + fenced("{code-block} python", ":caption: a.py", "", "two = 2"),
            "-two = 2\n+one = 1",
        ),
        (fenced("{code-block} text", ":caption: ../a.txt", ""), "outside of the page's folder"),
        ("<!-- needs nothing.txt as it.txt -->\n\n" + fenced("sh", "ls"), "no nothing.txt"),
        ("<!-- python\n1 / 0\n-->", "python block at line 2: ZeroDivisionError"),
    ],
)
def test_what_is_not_so_is_found(run: Run, page: str, message: str) -> None:
    with pytest.raises(PageError) as caught:
        run(page)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (fenced("perl", "say 1"), "cannot check a perl block; use one of python, pycon"),
        (fenced("", "say 1"), "cannot check a nameless block"),
        ("<!-- not run: it is slow -->\n\nwords", "a comment at the end is about a block"),
        ("<!-- not run: -->\n\n" + fenced("sh", "ls"), "needs a reason"),
    ],
)
def test_blocks_that_cannot_be_checked_are_refused(page: str, message: str) -> None:
    with pytest.raises(PageError, match=message):
        read(page)


def test_dots_stand_for_anything(run: Run) -> None:
    lines = ["$ poise --help", "Usage: … COMMAND [ARGS]...", "…", "    poise build …", "…"]
    run(fenced("console", *lines))


def test_a_part_of_a_file_can_be_shown(run: Run) -> None:
    language, caption = "{code-block} python", ":caption: a.py"

    run(
        fenced(language, caption, "", "one = 1", "two = 2", "three = 3")
        + fenced(language, caption, "", "# …", "two = 2", "# …")
    )


def test_a_file_is_there_for_what_follows(run: Run) -> None:
    page = run(
        fenced("{code-block} python", ":caption: `greet.py`", "", "print('hello')")
        + fenced("console", "$ python greet.py", "hello")
        + fenced("{code-block} python", ":caption: greet.py", ":class: changed", "", "print('ho')")
        + fenced("console", "$ ONE=1 python greet.py && cd .. && cd work", "ho")
    )

    assert page.left_out == []


PLUGIN = """
import attrs
import poise


@attrs.frozen(kw_only=True)
class TinyConfig:
    pass


@poise.hookimpl
def poise_backbones():
    build = lambda config, image: [{1: image}]
    stride = lambda config: 1
    return [poise.BackboneSpec(key="tiny", config=TinyConfig, build=build, max_stride=stride,
                               output_stride=stride)]
"""


def test_an_installed_plugin_is_there_for_code_and_commands_of_its_page_alone(run: Run) -> None:
    project = [
        "[project]",
        'name = "poise-tiny"',
        'version = "0.1"',
        '[project.entry-points."poise.backbones"]',
        'tiny = "poise_tiny"',
    ]
    run(
        fenced("{code-block} toml", ":caption: poise-tiny/pyproject.toml", "", *project)
        + fenced("{code-block} python", ":caption: poise-tiny/poise_tiny.py", "", PLUGIN)
        + fenced("console", "$ pip install ./poise-tiny", "$ poise list", "…", "…tiny … ok…", "…")
        + fenced("pycon", ">>> import poise", '>>> "tiny" in poise.backbones', "True")
    )

    import poise

    assert "tiny" not in poise.backbones
    assert "poise_tiny" not in sys.modules


def test_a_block_that_needs_a_missing_real_file_is_left_out(
    tmp_path: Path, workspace: Path
) -> None:
    needy = "<!-- needs shared/a.txt as here/b.txt -->\n\n"
    text = needy + fenced("python", "print(open('here/b.txt').read())") + fenced("output", "hello")
    for name in ("with", "without", "shared"):
        (tmp_path / name).mkdir()
    (tmp_path / "shared" / "a.txt").write_text("hello")

    with Page("a.md", tmp_path / "with", workspace, tmp_path / "shared") as page:
        page.run(read(text))
    assert page.left_out == []
    with Page("a.md", tmp_path / "without", workspace) as page:
        page.run(read(text))
    assert page.left_out == ["python block at line 4"]
