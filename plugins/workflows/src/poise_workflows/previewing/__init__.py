"""``poise preview``: a picture of what a configuration makes of labels.

It shows the image, the targets and the points that decoding finds in the targets, so that you
see what sigma and stride do before you train.
"""
