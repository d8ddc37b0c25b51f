"""A plugin of `poise new` installs unchanged, is found, builds, and passes its own tests.

For a backbone, docs/first-plugin.md takes the same steps; test_pages.py runs them.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from environment import Environment
from poise.cli.new.distribution import plan


def wheel_of(folder: Path) -> list[str]:
    """The modules in the wheel of a distribution, as its build backend writes it."""
    builders = pytest.importorskip("hatchling.builders.wheel")

    (file,) = builders.WheelBuilder(str(folder)).build(directory=str(folder / "dist"))
    with zipfile.ZipFile(file) as archive:
        return sorted(name for name in archive.namelist() if name.endswith(".py"))


@pytest.mark.parametrize("kind", ["backbone", "head", "encoder"])
def test_the_wheel_has_every_module_that_an_author_adds(tmp_path: Path, kind: str) -> None:
    distribution = plan(kind, "mynet", into=tmp_path)
    distribution.write()
    module = distribution.folder / distribution.module
    assert wheel_of(distribution.folder) == ["poise_mynet.py"]

    package = module.with_suffix("")
    package.mkdir()
    module.rename(package / "__init__.py")
    (package / "layers.py").write_text("LAYERS = 3\n")

    assert wheel_of(distribution.folder) == ["poise_mynet/__init__.py", "poise_mynet/layers.py"]


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize(
    ("kind", "key"),
    [
        pytest.param("backbone", "mynet", marks=pytest.mark.slow),  # the page takes the same steps
        ("head", "my_dots"),
        ("encoder", "tinycoder"),
    ],
)
def test_it_is_written_installed_listed_built_and_tested(
    tmp_path: Path, kind: str, key: str
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    environment = Environment(tmp_path / "environment")
    folder = f"poise-{key.replace('_', '-')}"

    def say(*words: str, cwd: Path = here) -> str:
        return environment.say(*words, cwd=cwd)

    written = say("poise", "new", kind, key)
    assert f"pip install ./{folder}" in written
    assert "Successfully installed" in say("pip", "install", f"./{folder}")

    assert re.search(rf"^{kind} +{key} +{folder} +0\.1\.0 +ok ", say("poise", "list"), re.MULTILINE)
    assert f"{folder} 0.1.0" in say("poise", "show", key)

    # The configuration in its README is valid, and its model has the plugin's layers.
    readme = (here / folder / "README.md").read_text("utf-8")
    (here / "model.json").write_text(
        re.findall(r"```json\n(.*?)```", readme, re.DOTALL)[0], "utf-8"
    )
    layer = {"backbone": "conv0", "head": "MyDotsHead", "encoder": "stride32"}[kind]
    assert layer in say("poise", "build", "model.json", "--image", "64,96,1")

    # Its author runs these tests first, and its CI runs them after each change.
    passed = re.search(r"(\d+) passed", say("pytest", "-q", cwd=here / folder))
    assert passed is not None
    assert int(passed[1]) >= 20
