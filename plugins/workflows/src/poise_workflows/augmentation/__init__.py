"""Random changes of training images, under which points move with their pixels.

- ``placements``: where each image is moved: flipped, rotated, shifted, scaled, cropped;
- ``warping``: the one affine warp that does all of it;
- ``intensities``: noise, contrast and brightness;
- ``augmenting``: all of them, in SLEAP's order.
"""
