"""A picture of what a configuration makes of labels: image, targets, decoded points.

It shows what sigma and stride do before anything is trained. Matplotlib draws it, sleap-io
reads SLEAP's label files; both come with ``pip install 'poise[preview]'``.
"""
