"""The node kinds of the flow language, one file each: the schema a document is checked with and the rule that runs.

Reading order: `base` (what every node is); what is heard: `answer`, `play`, `say`, `language`, `wait`; what is asked: `menu`,
`collect`, `record`, `survey`; what decides: `hours`, `schedule`, `caller`, `compare`, `split`; who is called: `dial`,
`group`, `queue`, `directory`, `transfer`, `mailbox`,
`conference`, `park`, `when_free`; programs: `set`, `math`, `request`, `webhook`, `sms`, `setting`, `agent`, `tag`,
`subflow`; ends: `finish`, `hangup`;
`call_back` (a promise that is kept),
`registry` (all of them).
May import: `ivr`, `configdb.model`, `configdb.office`, `configdb.personal`, `configdb.snapshot`.
"""
