"""What phones subscribe to (RFC 6665 packages), as values and documents; pure: no clock, no socket.

Reading order: `log` (what is new to whom), `markup` (XML, safely), then a package a file: `reginfo` (registrations of a
user, RFC 3680), `mailbox` (message waiting, 3842), `dialoginfo` (the lamp of an extension, 4235), `presence` (PIDF, 3863),
and `publications` (what phones say of their users, 3903). Who may watch whom, and when a NOTIFY goes, is
`softswitch.adapters.notifier`. May import: softswitch.{sip, peers, calls}, configdb.
"""
