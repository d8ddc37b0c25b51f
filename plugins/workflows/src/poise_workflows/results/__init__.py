"""The files of a prediction run, written from its journal in pieces.

A ``.slp`` file and the formats that other programs read are drafts until they are whole, and
take their names then. Memory does not grow with the number of frames, except where the module
of a format says so.
"""
