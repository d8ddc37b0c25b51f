"""Run the pages of the documentation: their Python, commands and configurations.

A page is written like this to be runnable:

- ``python`` blocks run in order, in one namespace, in a new, empty folder.
- ``print(…)  # [1, 2]``: the printed value, if the comment begins like a value.
- An ``output`` block right after one is its printed output.
- ``pycon`` blocks are sessions with ``>>>``, compared as doctest does.
- ``console`` blocks are sessions with ``$``. The shown output is compared, standard error
  included. A command must exit with 0, or with N if ``# exit status N`` follows it.
- ``sh`` blocks are commands without output.
- ``pip install ./FOLDER`` makes a plugin visible to the rest of the page, without a network. In
  the pages that ``test_pages.OWN_ENVIRONMENT`` names, pip really installs it in a separate
  environment, in which all commands run.
- ``json`` and ``yaml`` blocks are parsed, and are strict Poise configurations if they have a
  backbone or heads; ``toml`` and ``ini`` blocks are parsed.
- In shown output, ``…`` stands for anything, and a line ``…`` or ``# …`` for any lines.
- ``{code-block} LANGUAGE`` with ``:caption: FILE`` is a file. It is written, or
  compared if it exists; ``:class: changed`` overwrites it.
- ``text`` blocks are pictures and are not run. Blocks of other languages are refused.

HTML comments, which readers do not see, control the rest:

- ``<!-- python`` and ``<!-- console`` … ``-->``: a hidden block that runs.
- ``<!-- needs A as B -->``: the next block needs file A of the repository, linked as B.
- ``<!-- needs shared/A as B -->``: the same with a real SLEAP file. Without it, this block
  and later blocks that need it are left out.
- ``<!-- not run: REASON -->``: the next block is not run.
"""

from pages.reading import Block, PageError, read
from pages.running import Page

__all__ = ["Block", "Page", "PageError", "read"]
