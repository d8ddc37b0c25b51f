"""How fast a network is, in every runtime that is installed.

- ``subjects``: what is measured: a model of a path, a profile, or a reading;
- ``asked``: what a user may ask for;
- ``processes``, ``measuring``: a process for each row, so that none disturbs another;
- ``results``, ``saying``: the rows, as JSON and as a table.
"""
