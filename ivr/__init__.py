"""Voice menus as a language: a document says what should happen, a pure session runs it. Knows no SIP.

Reading order: `steps` (a decision with its reason), `effects` and `events` (what a session asks for and hears), `hours`
(open or closed, and why), `talk` (what a node works with), `nodes/` (one file a kind: schema and rule), `rounds` (whom a
group rings), `waiting` and `queue_words` (a caller in a queue), `reach` (ring a target and follow its no-answer rule),
`mailbox/` (leave a message), `flow` (document and its checks), `session` (the interpreter), `simulate` (the same session
on virtual time with a scripted caller).

May import: `configdb.model`, `configdb.snapshot`.
"""
