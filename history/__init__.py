"""What happened: calls, their legs, steps, SIP messages and quality, and the activities people work on.

Reading order: `documents`, `activity` (what is kept), `store` (the repository: the questions that can be asked), `shelves` (what
a back end has to do), `embedded` (the back end on sqlite3), `words` (how text is searched), `migrate` (older files), `spool` (the
durable way in), `records` (what one spool record means), `writer` (drains the spool into a store), `pcap` (the messages of a call
as a capture file).

May import: nothing of ours.
"""
