"""A new plugin as a complete distribution, from templates: what ``poise new`` writes.

Nothing here imports a plugin or Keras.
"""
