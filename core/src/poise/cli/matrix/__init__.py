"""``poise matrix``: environments of backends and versions of Keras, and a table of results."""
