"""Frames: of videos, images, arrays and label files, and what was labeled in them."""
