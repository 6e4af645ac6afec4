"""Tests of event packages."""
