"""What is in a file: the network of a configuration or a model, or the labels of a project.

- ``workflow``: ``inspect``;
- ``requests``: everything that is decided before Keras; ``building`` builds the network;
- ``sizes``: the image that a network is inspected for;
- ``animals``: how large the animals of labels are;
- ``networks``: what is said of a network; ``saying`` says it in tables;
- ``drawing``: the diagram, with ``routes`` of its lines.
"""
