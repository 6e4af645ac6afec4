"""Codecs as functions of arrays (pure): g711.py."""
