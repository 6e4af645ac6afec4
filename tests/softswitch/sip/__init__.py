"""Tests of the SIP messages, digest, registrar rule and offer/answer. `torture` and `flows` hold published messages."""
