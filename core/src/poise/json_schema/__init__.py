"""JSON Schema of configurations.

- ``schema``: of a whole model, or of one key;
- ``classes``: of a plugin's configuration class;
- ``rules``: of rules over several fields.
"""
