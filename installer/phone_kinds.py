"""What the phone of `installer.phone` may be told to use, in pjsua2's own values: transports by family, protection of media."""

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
