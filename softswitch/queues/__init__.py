"""Queues: who waits, who is free, and who is offered whom. Pure: inputs in, frozen effects out, the clock is an argument.

Reading order: `limits`, `effects` (what the floor asks for), `agent` (one person at work), `place` (one who waits, present or
promised a call), `line` (the places of one queue in order), `bench` (the free agents of one queue in the order of its
strategy), `estimate` (how long it will take), `figures` (service level), `hall` (one queue), `house` (everybody, and the one
rule that brings them together), `promises`, `callers` and `staff` (what happens to each), `rows` (what survives), `floor`
(all of it), `verbs` (what agents may order).

May import: `ivr`, `configdb`.
"""
