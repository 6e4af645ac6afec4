"""Codecs over arrays: g711.py and l16.py as functions, g722.py and opus.py (libopus) with a state for each direction.

`voice.py` has all that a leg can speak as one table, and a leg's coding as one object: the twin of kernels/voice.c.
"""
