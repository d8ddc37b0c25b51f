"""What a command needs of the command line, for the commands of plugins.

A command of a plugin is a click command that an entry point of ``poise.commands`` names. With
these functions it writes what fits the terminal, fails and imports Keras as Poise's own commands
do. Errors that derive from ``poise.PoiseError``, and ``OSError``, need no handling: ``poise``
shows their message instead of a traceback, and ends with 1 or 2. An integer that the command
returns is the exit status. A command that builds or resolves a configuration takes its names
with ``names_options``, and single values of it with ``set_option`` and ``with_set``; an option of
an image's size has ``image_size`` as its callback. Messages
that Poise raises while a command runs name its options instead of arguments; those of a plugin
do so with ``poise.messages.argument``.
"""

from poise.cli._names import names_options
from poise.cli._output import complain, heading, rows, say, say_json, table, verbose_option
from poise.cli._setting import set_option, with_set
from poise.cli._shared import complain_of_faults, import_keras
from poise.cli._sizes import image_size

__all__ = [
    "complain",
    "complain_of_faults",
    "heading",
    "image_size",
    "import_keras",
    "names_options",
    "rows",
    "say",
    "say_json",
    "set_option",
    "table",
    "verbose_option",
    "with_set",
]
