"""What happened: calls, their legs, steps, SIP messages and quality, and the activities people work on.

Reading order: `documents`, `activity`, `contact`, `app` (what is kept), `store` (the repository: what can be asked),
`shelves` (what a back end has to do), `embedded` and `mongo` (the back ends on sqlite3 and MongoDB), `opened`
(which one a node has), `words` (how text is searched), `rollups` (numbers per minute, hour and
day), `chain` (nothing recorded is changed unseen), `queue` (work for later), `migrate` (older files), `spool` (the
durable way in), `records` (what one spool record means), `happened` (what it tells the outside),
`deliveries` (what became of telling webhooks), `writer` (drains the spool into a store), `pcap` (the messages of a call
as a capture file).

May import: nothing of ours.
"""
