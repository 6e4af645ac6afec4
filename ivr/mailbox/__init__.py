"""The voicemail box as callers and its owners meet it by telephone.

Reading order: `ask` (a question for keys), `boxes` (whose is it), `leave` (greeting, tone, message, review), `draft` (record
until it is right), `folder` (listen, save, delete, forward, reply, call back), `settings` (greetings and PIN), `visit` (which
box, and may they).

May import: `ivr`, `configdb.model`, `configdb.pins`, `configdb.snapshot`.
"""
