"""Who is on the other side: carriers, phones, attackers. Pure tables and rules; the clock and chance are arguments.

Reading order:
- `limits`: how much is remembered.
- `identify`: from (configuration, source address, request) to `Trunk`, `Phone` or `Unknown`.
- `identity`: who calls, as far as the peer may be believed, and as others may be told (RFC 3323, 3325).
- `crossing`: which header fields go along from leg to leg.
- `phones`: live registrations, contacts by tenant and user; a row a device for a restart. `talk`: how fast a phone writes.
- `trunks`: the order of a trunk's gateways, and after which answers the next is tried. `health`: which of them are up.
- `sound`: how they sounded lately.
- `registration`: our REGISTER at a carrier. `lines`: the contacts we register, and whose call comes to them.
- `channels`: how many calls a trunk and a tenant have. `diverted`: where a call was before, and no circles.
- `realms`: whose digest challenges a trunk's password answers.
- `guard`: who is not listened to: password guessers (banned for a time) and scanners.
- `dialects`: which phones are asked with MD5 alone.
- `rates`: how often a source may ask. `overload`: what to turn away when there is too much to do.

A REGISTER: `guard.admits` -> `guard.is_scanner` -> `rates`, `overload` -> parse -> `identify` -> `guard.believes` ->
`Phone` -> `sip.digest.Nonces.verify` with the device's two HA1 (None for `Unknown`: the same work, the same answer) ->
`guard` is told the verdict -> `phones.register`.

May import: `softswitch.sip`, `configdb.model`, `configdb.snapshot`.
"""
