"""Callers vouched for by signature, STIR/SHAKEN (RFC 8224, 8225, 8226, 8588): values in, verdicts out, no I/O.

Reading order:
- `limits`: how big and how old. `faults`: what can be wrong, with the answer to give (RFC 8224 6.2.2).
- `passport`: the signed token: telephone numbers, JSON, base64url, ES256 (RFC 8225).
- `authority`: for which telephone numbers a certificate speaks: TNAuthList (RFC 8226 9).
- `credential`: a certificate chain read, and checked against the trusted roots (RFC 8226, 5280).
- `revocation`: lists of certificates that were taken back (RFC 5280).
- `diverted`: tokens of calls that were sent on, as a chain (RFC 8946).
- `verify`: an Identity header judged in two steps: what needs no certificate, then the rest (RFC 8224 6.2).
- `sign`: which attestation a call deserves, and its Identity header (RFC 8224 6.1, RFC 8588).
- `cache`: fetched certificates and lists, and that some could not be fetched.

`adapters/stir` fetches certificates and keeps the key. May import: `softswitch.sip`.
"""
