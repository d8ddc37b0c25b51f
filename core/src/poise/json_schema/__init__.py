"""JSON Schema of configurations.

- ``schema``: the schema of a whole model, or of one key;
- ``classes``: the schema of a plugin's configuration class;
- ``rules``: the schema of rules over several fields;
- ``layout``: a schema as text.
"""
