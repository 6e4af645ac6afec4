"""Tests of `quality`: truth tables, properties, synthetic truth."""
