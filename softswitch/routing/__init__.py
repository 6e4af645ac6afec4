"""Where a call goes, as a function of (configuration snapshot, who calls, what was dialled, now). Pure; each with its reasons.

Reading order: `route` (the answer), `numbers` (E.164), `formats` (numbers as trunks write them),
`standing` (what the account allows), `caller_id`, `permissions` and `outbound` (which trunks carry a call), `emergency`,
`location` (where the caller is),
`implicit` (flows nobody drew), `inbound` (from a trunk), `internal` (from a phone of a tenant), `transfer` (where a call
goes on), `web` (calls that begin on a web site), `trial` (a flow that is being drawn), `simulate` (what would happen), `explain`
(what happened, in words).

May import: `ivr`, `configdb`.
"""
