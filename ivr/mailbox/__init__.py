"""The voicemail box as callers meet it. Reading order: `leave` (greeting, tone, message, confirmation).

May import: `ivr`, `configdb.model`, `configdb.snapshot`.
"""
