"""The node kinds of the flow language, one file each: the schema a document is checked with and the rule that runs.

Reading order: `base` (what every node is), `play`, `menu`, `hours`, `dial`, `group`, `queue`, `mailbox`, `conference`, `park`,
`when_free`, `setting`, `agent`, `hangup`, `call_back` (a promise that is kept), `registry` (all of them).
May import: `ivr`, `configdb.model`, `configdb.snapshot`.
"""
