"""What concerns a whole process.

- ``locks``: locks that a forked child can use.
"""
