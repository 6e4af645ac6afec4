"""Tests of the call machine, in virtual time."""
