"""A Sphinx extension for pages of installed plugins: ``extensions = ["poise.sphinx"]``.

```rst
.. poise-key:: backbone:tinyvgg
.. poise-keys:: backbones
```

``poise-key`` describes a backbone, head or encoder: the content of ``poise show``, an example,
a diagram of its strides and a table of its parameters. ``poise-keys`` is a table of all keys of
a kind, or, with the option ``sections``, a section for each.

Diagrams and parameters need a built network. If Sphinx runs without Keras, write them to a file
first, with ``python -m poise.sphinx facts.json``, and set ``poise_facts`` to this file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension; Sphinx calls this."""
    from poise import __version__
    from poise.sphinx.directives import PoiseKey, PoiseKeys

    app.add_directive("poise-key", PoiseKey)
    app.add_directive("poise-keys", PoiseKeys)
    app.add_config_value("poise_facts", "", "env", [str])
    app.connect("builder-inited", _add_style)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}


def _add_style(app: Sphinx) -> None:
    app.config.html_static_path.append(str(Path(__file__).parent / "static"))
    app.add_css_file("poise.css")
