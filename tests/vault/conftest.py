"""The world of the management plane, whose routes lead to the vault."""

from tests.mgmt.conftest import json_of, password_hash, world

__all__ = ["json_of", "password_hash", "world"]
