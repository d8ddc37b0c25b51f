"""Fixtures of the core's tests: made-up distributions, installed for one test."""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

_REPORTING_MODULES = """
import atexit, sys
atexit.register(lambda: print("modules:", *sys.modules, file=sys.stderr))
"""


class Site:
    """An environment whose only installed distributions are those that a test adds.

    Poise and the libraries that it needs can be imported in it, but none of their metadata,
    and no plugin of the environment that runs the tests, can be seen.

    Attributes:
        folder: where the distributions are installed.
        cache: ``POISE_CACHE_DIR`` of the interpreters that are started.
        work: their working folder.
    """

    def __init__(self, root: Path, libraries: Path) -> None:
        self.folder, self.cache, self.work = root / "site", root / "cache", root / "work"
        self._libraries = libraries
        for folder in (self.folder, self.work):
            folder.mkdir()

    def install(
        self,
        name: str,
        files: Mapping[str, str],
        entry_points: Mapping[str, Mapping[str, str]],
        *,
        version: str = "1.0",
        summary: str = "",
    ) -> Path:
        """Install a distribution.

        Args:
            name: of the distribution.
            files: path inside the site → content, dedented.
            entry_points: group → name → value.
            version: of the distribution.
            summary: of its metadata.

        Returns:
            Its ``.dist-info`` folder.
        """
        for path, content in files.items():
            self.write(path, content)
        info = self.folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        headers = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        headers += [f"Summary: {summary}"] if summary else []
        (info / "METADATA").write_text("\n".join(headers) + "\n", encoding="utf-8")
        lines = []
        for group, names in entry_points.items():
            lines += [f"[{group}]", *(f"{key} = {value}" for key, value in names.items()), ""]
        (info / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
        return info

    def install_backbone(self, key: str, *, name: str = "", summary: str = "", **spec: str) -> Path:
        """Install a distribution with one working backbone, as ``poise-<key>``.

        Args:
            key: its key; the module is ``poise_<key>``.
            name: of the distribution, if it is to be another one.
            summary: of the spec.
            spec: further arguments of ``BackboneSpec`` as source code.
        """
        source = backbone_source(key, summary=summary, **spec)
        module = (name or f"poise-{key}").replace("-", "_")
        return self.install(
            name or f"poise-{key}", {f"{module}.py": source}, {"poise.backbones": {key: module}}
        )

    def install_head(self, key: str, *, summary: str = "") -> Path:
        """Install a distribution with one working head type, as ``poise-<key>``."""
        module = f"poise_{key}"
        source = head_source(key, summary=summary)
        return self.install(
            f"poise-{key}", {f"{module}.py": source}, {"poise.heads": {key: module}}
        )

    def write(self, path: str, content: str) -> Path:
        """Write a file of an installed distribution."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(content), encoding="utf-8")
        return file

    def python(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run the interpreter in this environment, with ``environ`` added to the variables."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("POISE_")}
        paths = [str(self.folder), str(self._libraries)]
        environ = {
            **kept,
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONIOENCODING": "utf-8",
            "POISE_CACHE_DIR": str(self.cache),
            **environ,
        }
        command = [sys.executable, "-S", "-P", *arguments]
        return subprocess.run(
            command, env=environ, cwd=self.work, capture_output=True, text=True, encoding="utf-8"
        )

    def poise(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run ``poise …`` in this environment."""
        return self.python("-m", "poise", *arguments, **environ)

    def modules_after(self, code: str) -> set[str]:
        """Run Python code and give the names of all modules that are imported by its end."""
        done = self.python("-c", _REPORTING_MODULES + dedent(code))
        assert done.returncode == 0, done.stderr
        last = done.stderr.strip().splitlines()[-1]
        assert last.startswith("modules:"), done.stderr
        return set(last.split()[1:])

    def modules_after_poise(self, *arguments: str) -> set[str]:
        """The same for ``poise …``, which must succeed."""
        code = f"from poise.cli import main\nassert main({list(arguments)!r}) == 0\n"
        return self.modules_after(code)


def backbone_source(key: str, *, summary: str = "", **spec: str) -> str:
    """The source of a plugin module with one backbone that works (but cannot be built)."""
    further = "".join(f"\n            {name}={value}," for name, value in spec.items())
    return dedent(f'''
    import attrs

    from poise import BackboneSpec, hookimpl


    @attrs.frozen(kw_only=True)
    class Config:
        """Made up.

        Attributes:
            filters: channels of the only block.
            output_stride: stride of the only features.
        """

        filters: int = 8
        output_stride: int = 4


    @hookimpl
    def poise_backbones():
        return [
            BackboneSpec(
                key={key!r},
                config=Config,
                build=lambda config, image: [{{4: image}}],
                max_stride=lambda config: 4,
                summary={summary!r},{further}
            )
        ]
    ''')


def head_source(key: str, *, summary: str = "") -> str:
    """The source of a plugin module with one head type, whose maps need names of parts."""
    return dedent(f'''
    import attrs

    from poise import BuildError, Fault, HeadSpec, Output, hookimpl
    from poise.fields import names, optional, power_of_two, to_tuple


    @attrs.frozen(kw_only=True)
    class Config:
        """Made up."""

        part_names: tuple[str, ...] | None = attrs.field(
            default=None, converter=to_tuple, validator=optional(names())
        )
        output_stride: int = attrs.field(default=4, validator=power_of_two())


    def _outputs(config, skeleton, classes):
        parts = config.part_names or (skeleton and skeleton.parts)
        if not parts:
            raise BuildError([Fault("no parts are named and no skeleton is given", "part_names")])
        return (
            Output(
                name="dots",
                layer_name="DotsHead",
                stride=config.output_stride,
                channels=len(parts),
                build=lambda features, suffix: features,
            ),
        )


    @hookimpl
    def poise_heads():
        return [HeadSpec(key={key!r}, config=Config, outputs=_outputs, summary={summary!r})]
    ''')


@pytest.fixture(scope="session")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder from which all that is installed can be imported, without any metadata."""
    folder = tmp_path_factory.mktemp("libraries")
    poise = importlib.util.find_spec("poise")
    assert poise is not None
    assert poise.origin is not None
    (folder / "poise").symlink_to(Path(poise.origin).parent)
    site_packages = Path(pytest.__file__).parent.parent
    for item in site_packages.iterdir():
        hidden = item.suffix in (".dist-info", ".egg-info", ".pth") or item.name.startswith("poise")
        if not hidden:
            (folder / item.name).symlink_to(item)
    return folder


@pytest.fixture
def installed(tmp_path: Path, libraries: Path) -> Site:
    """An environment in which nothing is installed yet: ``installed.install(…)``."""
    return Site(tmp_path, libraries)


@pytest.fixture
def site(installed: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """``installed``, as this very process sees it instead of what is really installed.

    A module that an earlier test imported under the name of an installed one, such as the real
    ``poise_unet``, is set aside for the test.
    """
    import importlib_metadata

    from poise import registry

    find, write = importlib_metadata.distributions, installed.write

    def write_unseen(path: str, content: str) -> Path:
        monkeypatch.delitem(sys.modules, path.split("/")[0].removesuffix(".py"), raising=False)
        return write(path, content)

    monkeypatch.setattr(installed, "write", write_unseen)

    def distributions():
        importlib.invalidate_caches()
        importlib_metadata.MetadataPathFinder.invalidate_caches()
        return find(path=[str(installed.folder)])

    monkeypatch.setattr(importlib_metadata, "distributions", distributions)
    monkeypatch.syspath_prepend(installed.folder)
    for name in [name for name in os.environ if name.startswith("POISE_")]:
        monkeypatch.delenv(name)
    registry.reset()
    before = set(sys.modules)
    yield installed
    registry.reset()
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        if file and Path(file).is_relative_to(installed.folder):
            del sys.modules[name]


@pytest.fixture
def use() -> Iterator[Callable[..., object]]:
    """``use(*specs)`` puts a registry of these specs alone in the default one's place."""
    from types import SimpleNamespace

    from poise import BackboneSpec, HeadSpec, Registry, hookimpl, registry

    def use(*specs: BackboneSpec | HeadSpec, **members: object) -> Registry:
        plugins = []
        for spec in specs:
            hook = "poise_backbones" if isinstance(spec, BackboneSpec) else "poise_heads"
            implementation = hookimpl(lambda spec=spec: [spec])
            plugins.append(
                SimpleNamespace(__name__=f"toy-{spec.key}", **{hook: implementation}, **members)
            )
        toys = Registry(plugins=plugins)
        registry.reset(toys)
        return toys

    yield use
    registry.reset()
