"""Tests of the SIP side of the node, by room."""
