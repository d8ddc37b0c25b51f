"""The specs of one kind: a mapping from key to spec."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from poise.errors import PluginClashError, PluginError
from poise.messages import join_names
from poise.registry.discovery import Kind

if TYPE_CHECKING:
    from poise.registry.lookup import Registry

S = TypeVar("S")


class Specs(Mapping[str, S], Generic[S]):
    """The specs of one kind, by key.

    ``in``, ``len`` and iteration use metadata alone and load nothing. ``[]`` loads one plugin
    and raises what ``Registry.spec`` raises. ``values()`` and ``items()`` load all plugins and
    omit those that fail; ``Registry.failures`` returns these.
    """

    def __init__(self, registry: Registry, kind: Kind) -> None:
        self._registry = registry
        self._kind = kind

    def __getitem__(self, key: str) -> S:
        return cast(S, self._registry.spec(self._kind, key))

    def __iter__(self) -> Iterator[str]:
        return iter(self._registry.keys(self._kind))

    def __len__(self) -> int:
        return len(self._registry.keys(self._kind))

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and bool(self._registry.claimants(self._kind, key))

    def get(self, key: str, default: Any = None) -> Any:
        """The spec of a key, or ``default`` if no plugin claims it; a broken plugin raises."""
        return self[key] if key in self else default  # noqa: SIM401 - that would call this method

    def items(self) -> ItemsView[str, S]:
        """Key and spec of every plugin that loads."""
        return self._working().items()

    def values(self) -> ValuesView[S]:
        """The spec of every plugin that loads."""
        return self._working().values()

    def _working(self) -> dict[str, S]:
        specs: dict[str, S] = {}
        self._registry.prepare(self._kind.name)
        for key in self:
            try:
                specs[key] = self[key]
            except (PluginError, PluginClashError):
                continue  # Registry.failures reports it
        return specs

    def __repr__(self) -> str:
        return f"<{len(self)} {self._kind.name}s: {join_names(self)}>"
