"""Tests of the typed values of header fields."""
