"""``poise new``: a new plugin as a complete distribution, from templates.

Nothing here imports a plugin or Keras.
"""
