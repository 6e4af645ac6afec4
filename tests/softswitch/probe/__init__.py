"""Tests of how the node tries itself."""
