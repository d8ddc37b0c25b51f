"""What concerns a whole process: its signals, its children, its output.

- ``interrupts``: tell a Ctrl-C of the user from a ``KeyboardInterrupt`` that a plugin raises;
- ``locks``: locks that a forked child can use;
- ``output``: where output goes that nobody asked for.
"""
