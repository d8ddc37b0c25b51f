"""From sources and models to files with poses: ``poise predict``, and its functions.

``loading.load`` keeps models for who predicts often, ``workflow.predict`` writes files, and
``command.command`` is ``poise predict``.
"""
