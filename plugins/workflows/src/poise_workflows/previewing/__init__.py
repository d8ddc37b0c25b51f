"""``poise preview``: a picture of the targets that a configuration makes from labels.

It shows the image, the targets and the points that decoding finds in the targets; of a trained
model also what it predicts instead. You see the effect of sigma and stride before you train, and
how near training came.
"""
