"""Calls as pure machines: inputs in, frozen effects out. No clock, no socket, no Twisted.

Reading order: `effects` (what a call asks for), `leg` (one party and its negotiated media), `hunt` (who rings, who won),
`hold` (what a change of media direction means), `record` (the documents a call leaves behind), `live` (what the operator
sees now), `call` (the call itself: runs the `ivr.session` of its route over its legs).

May import: `softswitch.sip`, `softswitch.routing`, `softswitch.peers`, `ivr`, `configdb.model`, `configdb.snapshot`.
"""
