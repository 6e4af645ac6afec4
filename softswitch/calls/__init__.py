"""Calls as pure machines: inputs in, frozen effects out. No clock, no socket, no Twisted.

Reading order: `effects`, `orders` (what a call asks for), `contact` (who can be rung where), `leg` (one party and its
negotiated media), `hunt` (who rings, who won), `screening` (who takes a call with a key), `machine` (answering machines),
`keys` (feature codes in a call), `slots` (where calls are parked), `hold` (what a change of media direction means), `table` and
`guests` (more than two in a call), `conference` (a room of many calls), `record` (the documents a call leaves behind), `live`
(what the operator sees now), `redirects` (where a 3xx leads), `script` (the `ivr.session` of the route), `stage` (what the call
does with its caller now), `transfer` (who leaves, who stays, who takes whose place), `hand` (what somebody does from outside),
`ears` (what the media plane hears that is no key), `call` (the call itself), `resumption` and `survival` (a call that another
process goes on with), `lines` (the calls of each user and the slots, as
colleagues may see them).

May import: `softswitch.sip`, `softswitch.routing`, `softswitch.peers`, `ivr`, `configdb.model`, `configdb.snapshot`.
"""
