"""The configuration of a model: one backbone, one head type, and the edition."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from poise.config.data import model_from_data, model_to_data
from poise.config.one_of import BackboneConfig, HeadsConfig
from poise.editions import DOCUMENTED, EDITIONS, Edition
from poise.errors import ConfigError, Fault
from poise.messages import short_repr
from poise.registry import Registry, using


def _to_backbone(value: Any) -> BackboneConfig:
    try:
        return BackboneConfig.wrapping(value)
    except ConfigError as error:
        raise error.under("backbone") from None


def _to_heads(value: Any) -> HeadsConfig:
    try:
        return HeadsConfig.wrapping(value)
    except ConfigError as error:
        raise error.under("heads") from None


def _edition(instance: Any, attribute: Any, value: Edition) -> None:
    if value not in EDITIONS:
        what = f"must be one of {', '.join(map(repr, EDITIONS))}, got {short_repr(value)}"
        raise ConfigError([Fault(what, attribute.name)])


def _place(instance: Any, attribute: Any, value: Any) -> None:
    if value is not None and not isinstance(value, str):
        what = f"must be the path or URL of a JSON Schema, got {short_repr(value)}"
        raise ConfigError([Fault(what, attribute.name)])


def _folder(instance: Any, attribute: Any, value: Any) -> None:
    if value is not None and not isinstance(value, str):
        what = f"must be the path of a model folder or null, got {short_repr(value)}"
        raise ConfigError([Fault(what, attribute.name)])


@attrs.frozen(kw_only=True)
class ModelConfig:
    """Everything that Poise needs to build a model, except image size and skeleton.

    Attributes:
        backbone: the backbone that turns the image into features. A plugin's configuration is
            wrapped automatically.
        heads: the head type on top of the backbone; wrapped likewise.
        base_checkpoint: folder of a trained model whose weights training starts from, or
            ``None``. Building a model does not read it.
        edition: ``"sleap-1.4"`` for the numbers of SLEAP 1.4 (the default of files that SLEAP
            wrote), or ``"2026"`` for what its documentation promises (the default of all others,
            and in Python). See ``poise.editions``.
        units: the edition whose units the numbers have; by default ``edition``. Not part of
            the model or of its file. ``attrs.evolve(config, edition=…)`` keeps it, and so
            building reports which numbers changed their meaning; ``poise.to_edition``
            converts them.
        schema: path or URL of the JSON Schema that editors use for the file (``$schema``), or
            ``None``. Poise keeps it and writes it back. It is not part of the model:
            comparisons ignore it.
    """

    backbone: BackboneConfig = attrs.field(factory=BackboneConfig, converter=_to_backbone)
    heads: HeadsConfig = attrs.field(factory=HeadsConfig, converter=_to_heads)
    base_checkpoint: str | None = attrs.field(default=None, validator=_folder)
    edition: Edition = attrs.field(default=DOCUMENTED, validator=_edition)
    units: Edition = attrs.field(
        default=attrs.Factory(lambda config: config.edition, takes_self=True),
        validator=_edition,
        eq=False,
        repr=False,
    )
    schema: str | None = attrs.field(default=None, validator=_place, eq=False, repr=False)

    @classmethod
    def from_data(
        cls, data: Any, path: str = "model", *, registry: Registry | None = None
    ) -> ModelConfig:
        """Read plain data, strictly.

        Data without ``edition`` means ``"sleap-1.4"`` if ``backbone`` and ``heads`` have every
        key that SLEAP writes, set or null. All other data means ``"2026"``.

        Args:
            data: the ``model`` object of a job file, as parsed from JSON.
            path: the prefix of the paths of faults.
            registry: the registry of plugins to read it with; by default the one in force.

        Raises:
            ConfigError: the data is invalid; the error has every fault.

        Warns:
            PluginNotInstalledWarning: no installed plugin understands a section, which is
                kept as an ``UninstalledSection``; or an unknown key is null. Such a key does
                not describe the model, and is not written back.
        """
        with using(registry):
            return model_from_data(cls, data, path)

    def to_data(self) -> dict[str, Any]:
        """Plain data in SLEAP's order: SLEAP's keys first, those of third parties after them.

        The data depends on the configuration alone, never on installed plugins. It has the
        edition unless that is ``"sleap-1.4"``, which every file in SLEAP's form means.
        """
        return model_to_data(
            self.backbone, self.heads, self.base_checkpoint, self.edition, self.schema
        )

    def with_values(self, values: Mapping[str, Any]) -> ModelConfig:
        """The same configuration with some values replaced, as a file with them would be read.

        Args:
            values: dotted path → value as plain data, as
                ``{"backbone.unet.filters": 32, "heads.centroid.sigma": 2.5}``. A path of a message,
                which begins with ``model.``, is taken, too. To change the backbone, set the other
                section to ``None``: ``{"backbone.unet": None, "backbone.leap": {}}``.

        Returns:
            A new configuration. Numbers keep the units of this one (``units``), also if
            ``edition`` is among the values.

        Raises:
            ConfigError: a path or a value is wrong; the error has every fault, at the path.

        Warns:
            PluginNotInstalledWarning: as ``from_data`` does.
        """
        from poise.config.overrides import override

        # The edition of a file in SLEAP's form goes without saying, that of others does not.
        data = {**self.to_data(), "edition": self.edition}
        faults = override(data, values)
        try:
            config = type(self).from_data(data, "")
        except ConfigError as error:
            raise ConfigError([*faults, *error.faults]) from None
        if faults:
            raise ConfigError(faults)
        return attrs.evolve(config, units=self.units)

    @classmethod
    def from_json(
        cls, text: str | bytes, source: str = "model", *, registry: Registry | None = None
    ) -> ModelConfig:
        """Read JSON text. Raises and warns as ``from_data`` does."""
        from poise.wire.text import read_json

        return cls.from_data(read_json(text, source), source, registry=registry)

    def to_json(self) -> str:
        """JSON text in SLEAP's layout."""
        from poise.wire.text import write_json

        return write_json(self.to_data())

    @classmethod
    def from_yaml(
        cls, text: str | bytes, source: str = "model", *, registry: Registry | None = None
    ) -> ModelConfig:
        """Read YAML text with the structure of the JSON. Raises and warns as ``from_data`` does."""
        from poise.wire.text import read_yaml

        return cls.from_data(read_yaml(text, source), source, registry=registry)

    def to_yaml(self) -> str:
        """YAML text with the structure of the JSON."""
        from poise.wire.text import write_yaml

        return write_yaml(self.to_data())

    @classmethod
    def load(cls, path: str | Path) -> ModelConfig:
        """Read a ``.json``, ``.yaml`` or ``.yml`` file with a model section alone.

        SLEAP's job files have more sections; read them with ``poise.read_sleap``. Raises and
        warns as ``from_data`` does, with the file's name.
        """
        from poise.files import MAX_TEXT, MAX_YAML, read_text_of
        from poise.wire.foreign import refuse_foreign

        path = Path(path)
        refuse_foreign(path, "configuration")
        text = read_text_of(path, MAX_YAML if _is_yaml(path) else MAX_TEXT)
        try:
            return cls.from_yaml(text) if _is_yaml(path) else cls.from_json(text)
        except ConfigError as error:
            raise error.with_heading(str(path)) from None

    def save(self, path: str | Path) -> None:
        """Write a ``.json``, ``.yaml`` or ``.yml`` file; an existing file is replaced."""
        from poise.writing.whole_files import write_text

        path = Path(path)
        text = self.to_yaml() if _is_yaml(path) else self.to_json() + "\n"
        write_text(path, text)


def _is_yaml(path: Path) -> bool:
    return path.suffix.lower() in (".yaml", ".yml")
