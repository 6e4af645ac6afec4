"""Tests of what performs effects and asks others."""
