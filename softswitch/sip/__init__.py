"""SIP as pure machines: bytes and times in, messages and effects out. No clock, socket or Twisted; linear and bounded.

Reading order, by noun of the RFCs:

Messages (RFC 3261 7, 18.3, 19, 20, 25)
- `limits`: every limit of the package. `errors`: `BadMessage`, `NotAcceptable`: theirs, with the answer to send.
- `status`: codes and reason phrases. `grammar`, `parameters`: the scanners that all headers share.
- `uri`: sip, sips and tel, and when two are equal. `address`: From, To, Contact, Route values. `via`: the hops.
- `headers`: the ordered multi-map. `message`: `Request`, `Response`, `make_response`, typed access, printing.
- `plain`: text of strangers made fit for records, logs and screens.
- `fields`: typed values of all other headers (Replaces, Reason, Event, Session-Expires ...), read when asked for.
- `glance`: what a message is, and a 503 to it, without parsing. `demand`: overload control between neighbours (RFC 7339).
- `parse`: one datagram or frame to a message, checked once at the door. `framing`: frames out of a stream.

Transactions and dialogs (RFC 3261 12, 17; RFC 6026)
- `effects`: what a machine asks its driver to do. `timers`: T1, T2, T4 and the timers made of them.
- `invite_client`, `invite_server`, `request_client`, `request_server`: the four transaction machines.
- `match`: which transaction a message belongs to. `dialog`: tags, targets, route sets, order numbers.
- `reliable`: provisional answers and their PRACK (RFC 3262). `session_timer`: who refreshes a session (RFC 4028).

Bodies (RFC 2046, 5621)
- `multipart`: parts of a body, parse and print. `body`: the session description of a message, or 415.

What messages are about
- `digest`: our challenges and what comes back (RFC 7616, 8760). `challenge`: our answers to those of others (RFC 3261 22).
- `bindings`: the registrar's rule (RFC 3261 10.3). `secure`: sips URIs used consistently (RFC 5630).
- `locate`: where a request goes, by NAPTR, SRV and addresses (RFC 3263). `stun`: keep-alives on the SIP port (RFC 5626).
- `gruu`: names of one phone (RFC 5627). `subscription`: when a NOTIFY is due, what it says of the subscription (RFC 6665).
- `replacing`: requests that name another dialog (RFC 3891, 4538). `referral`: a REFER and who is told of it (RFC 3515).
- `sdp`: session descriptions (RFC 8866). `offer_answer`: a voice stream and keys agreed (RFC 3264, 4733). `payloads`: codecs.
- `keys`: keys in the bodies of INFO.

May import: nothing of ours outside this folder.
"""
