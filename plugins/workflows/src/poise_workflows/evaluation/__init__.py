"""Evaluation: how far predictions are from the truth, and which animals they miss or invent.

Everything here is NumPy. No network is built, and no image is read.
"""
