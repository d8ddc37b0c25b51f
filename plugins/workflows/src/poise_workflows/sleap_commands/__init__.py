"""SLEAP's commands by their own names and options: ``poise sleap-track`` and others.

They parse as SLEAP 1.4 did, say which command of Poise they stand for, and run that one.
"""
