"""Tests of the peers: who they are, what they may."""
