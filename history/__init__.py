"""What happened: calls, their legs, steps, SIP messages and quality, and the activities people work on.

Reading order: `documents` (what is kept), `store` (the questions that can be asked), `spool` (the durable way in),
`records` (what one spool record means), `writer` (drains the spool into a store), `embedded` (the store on sqlite3), `pcap`
(the messages of a call as a capture file).

May import: nothing of ours.
"""
