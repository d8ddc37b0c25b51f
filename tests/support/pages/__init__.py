"""Runs what pages say: their Python, their commands, their configurations.

How a page is written so that it can be run:

- ``python`` blocks run in order, in one namespace, in an empty folder of the page's own.
- ``print(…)  # [1, 2]``: what it prints, where the comment begins like a value.
- An ``output`` block right after one is what it printed.
- ``pycon`` blocks are sessions with ``>>>``, compared as doctest does.
- ``console`` blocks are sessions with ``$``. Output that is shown is compared, standard error
  included; a command is fine if it ends with 0, or with N where ``# exit status N`` follows it.
- ``sh`` blocks are commands without output.
- ``pip install ./FOLDER`` makes a plugin visible to the rest of the page, without a network. In
  the pages that ``test_pages.OWN_ENVIRONMENT`` names pip really installs it, in an environment of
  the page's own, in which all commands run.
- ``json`` and ``yaml`` blocks are parsed, and are strict Poise configurations where they have a
  backbone or heads; ``toml`` and ``ini`` blocks are parsed.
- In what is shown, ``…`` stands for anything, and a line ``…`` or ``# …`` for any lines.
- ``{code-block} LANGUAGE`` with ``:caption: FILE`` is a file: it is written, or, where it is
  there already, has to be what is shown; ``:class: changed`` writes it anew.
- ``text`` blocks are pictures and are not run. Blocks of other languages are refused.

HTML comments, which readers do not see, say the rest:

- ``<!-- python`` and ``<!-- console`` … ``-->``: a block that runs and is not shown.
- ``<!-- needs A as B -->``: the next block needs a file of the repository, which is linked to B.
- ``<!-- needs shared/A as B -->``: the same with a real SLEAP file. Where there is none the block
  is left out, and so is each later one that says the same.
- ``<!-- not run: REASON -->``: the next block is not run.
"""

from pages.reading import Block, PageError, read
from pages.running import Page

__all__ = ["Block", "Page", "PageError", "read"]
