"""What the phone of `installer.phone` may be told to use, in pjsua2's values: transports, ports, protection of media, keys."""

from __future__ import annotations

import pjsua2 as pj

KINDS = {
    ("udp", False): pj.PJSIP_TRANSPORT_UDP,
    ("tcp", False): pj.PJSIP_TRANSPORT_TCP,
    ("tls", False): pj.PJSIP_TRANSPORT_TLS,
    ("udp", True): pj.PJSIP_TRANSPORT_UDP6,
    ("tcp", True): pj.PJSIP_TRANSPORT_TCP6,
    ("tls", True): pj.PJSIP_TRANSPORT_TLS6,
}
SRTP = {
    "off": pj.PJMEDIA_SRTP_DISABLED,
    "optional": pj.PJMEDIA_SRTP_OPTIONAL,
    "mandatory": pj.PJMEDIA_SRTP_MANDATORY,
}
RTP_PORTS = range(21_000, 32_000, 2)
"""Where a phone begins to look for two free ports, each somewhere else: nobody takes those of a phone that was killed over at
once, would hear what is still sent there, and would answer it. Outside of a node's own by default and of the kernel's choice."""


def credentials(user: str, password: str = "", realm: str = "*", ha1: str | None = None) -> pj.AuthCredInfo:
    """How a challenge is answered: by the password, or by what a registrar keeps of it (HA1 of MD5, RFC 7616 3.4.2)."""
    if ha1 is None:
        return pj.AuthCredInfo("digest", realm, user, pj.PJSIP_CRED_DATA_PLAIN_PASSWD, password)
    return pj.AuthCredInfo("digest", realm, user, pj.PJSIP_CRED_DATA_DIGEST, ha1)
