"""Voice menus as a language: a document says what should happen, a pure session runs it. Knows no SIP.

Reading order: `steps` (a decision with its reason), `effects` and `events` (what a session asks for and hears), `hours` (open
or closed, and why), `spoken/` (numbers, dates and money in words), `talk` (what a node works with), `nodes/` (one file a kind:
schema and rule), `rounds` (whom a group rings), `waiting` and `queue_words` (a caller in a queue), `arrangement` and `reach`
(ring a target, follow what they want and their no-answer rule), `mailbox/` (leave a message, listen to them), `verbs/` (calls
that a server steers), `flow` (document and schema), `checks` (what would let a caller down), `told` and `session` (the
interpreter), `behaviour` and `simulate` (the same session on virtual time in a scripted world), `explore` (all ways through),
`replay` (a past call from its steps), `whereabouts` (in which flow its caller is).

May import: `configdb.model`, `configdb.office`, `configdb.personal`, `configdb.pins`, `configdb.snapshot`.
"""
