"""Calls that a tenant's own server steers: it answers with verbs, which are performed one after another. Pure.

Reading order: `verb` (what there is), `native` (read from JSON), `twiml` (read from a subset of TwiML), `answer` (either).
The node that runs them is `ivr.nodes.webhook`.

May import: `ivr`, `configdb.model`.
"""
