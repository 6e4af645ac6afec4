"""Typed values of the header fields that few messages carry: one frozen value a header, `parse_x(text)` and `str(x)`.

Nothing here runs unless somebody asks: `message.read("Replaces", parse_replaces)` for a header that occurs once,
`message.read_all("Reason", parse_reason)` for a comma list. Both keep what they read. A value that breaks its grammar
raises `BadMessage` 400; parameters that we do not know are kept in `params` and printed again.

- `item`: what the values share: a token or a URI in <> with parameters, counts, quoted texts.
- `authentication`: WWW-Authenticate, Proxy-Authenticate, Authorization, Authentication-Info (RFC 3261, 7616).
- `content`: Content-Type, Content-Disposition, Accept, Accept-Encoding, Accept-Language (RFC 3261, 5621).
- `diversion`: Diversion (RFC 5806), History-Info (RFC 7044). `dialogs`: Replaces, Join, Target-Dialog (3891, 3911, 4538).
- `events`: Event, Subscription-State, Allow-Events (RFC 6665), SIP-ETag (3903), Info-Package, Recv-Info (6086).
- `identity`: P-Asserted-Identity, P-Preferred-Identity (RFC 3325), Privacy (3323), Identity (8224).
- `location`: Geolocation, Geolocation-Routing, Geolocation-Error (RFC 6442).
- `outbound`: q, instance, reg-id, GRUU and push parameters of a Contact, Flow-Timer (RFC 5626, 5627, 8599).
- `overload`: the oc parameters of a Via (RFC 7339, 7415). `preferences`: Accept-Contact, Request-Disposition (3841).
- `priority`: Priority, Resource-Priority (RFC 4412). `reason`: Reason (3326, 8606), Warning.
- `references`: Alert-Info, Call-Info, Error-Info, In-Reply-To, Server, User-Agent (RFC 3261).
- `reliability`: RSeq, RAck (RFC 3262). `session_timer`: Session-Expires, Min-SE (4028).
- `times`: Date, Timestamp, Retry-After (RFC 3261). `transfer`: Refer-To, Referred-By, Refer-Sub (3515, 3892, 4488).
- `table`: every header by name with its form and its parser.
"""
