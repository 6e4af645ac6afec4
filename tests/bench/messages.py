"""CPU time of parsing, on real messages as phones, carriers and we send them."""

from __future__ import annotations

import time

from softswitch.sip.parse import parse_message

COUNT = 5_000

SDP = (
    "v=0\r\no=- 3970000000 3970000000 IN IP4 192.0.2.10\r\ns=pjmedia\r\nb=AS:84\r\nt=0 0\r\na=X-nat:0\r\n"
    "m=audio 4000 RTP/AVP 96 97 98 0 8 101 102\r\nc=IN IP4 192.0.2.10\r\na=rtcp:4001 IN IP4 192.0.2.10\r\na=sendrecv\r\n"
    "a=rtpmap:96 opus/48000/2\r\na=rtpmap:97 speex/16000\r\na=rtpmap:98 speex/8000\r\na=rtpmap:0 PCMU/8000\r\n"
    "a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/48000\r\na=fmtp:101 0-16\r\na=rtpmap:102 telephone-event/8000\r\n"
)
COMMON = (
    'From: "Ann Baker" <sip:101@pbx.example.com>;tag=9fxced76sl\r\n'
    "Call-ID: 3848276298220188511@atlanta.example.com\r\nMax-Forwards: 70\r\nUser-Agent: Yealink SIP-T46U 108.86.0.20\r\n"
)
VIA = "Via: SIP/2.0/UDP 192.0.2.10:5062;rport;branch=z9hG4bKPj4b43c2ff8.0\r\n"
ALLOW = "Allow: PRACK, INVITE, ACK, BYE, CANCEL, UPDATE, INFO, SUBSCRIBE, NOTIFY, REFER, MESSAGE, OPTIONS\r\n"
CONTACT = "Contact: <sip:101@192.0.2.10:5062;ob>\r\n"
PROOF = (
    'Authorization: Digest username="101", realm="pbx.example.com", nonce="84a4cc6f3082121f32b42a2187831a9e",'
    ' uri="sip:pbx.example.com", response="7587245234b3434cc3412213e5f113a5", algorithm=MD5, cnonce="0a4f113b",'
    " qop=auth, nc=00000001\r\n"
)

MESSAGES = {
    "INVITE with offer": f"INVITE sip:+12025550123@pbx.example.com SIP/2.0\r\n{VIA}{COMMON}"
    f"To: <sip:+12025550123@pbx.example.com>\r\nCSeq: 8348 INVITE\r\n{CONTACT}{ALLOW}"
    "Supported: replaces, 100rel, timer, norefersub\r\nSession-Expires: 1800\r\n"
    f"Min-SE: 90\r\nContent-Type: application/sdp\r\nContent-Length: {len(SDP)}\r\n\r\n{SDP}",
    "REGISTER with credentials": f"REGISTER sip:pbx.example.com SIP/2.0\r\n{VIA}{COMMON}To: <sip:101@pbx.example.com>\r\n"
    f"CSeq: 2 REGISTER\r\n{CONTACT}{PROOF}{ALLOW}Expires: 300\r\nContent-Length: 0\r\n\r\n",
    "200 of INVITE": f"SIP/2.0 200 OK\r\n{VIA}Record-Route: <sip:192.0.2.1;lr;ftag=9fxced76sl>\r\n{COMMON}"
    f"To: <sip:+12025550123@pbx.example.com>;tag=314159\r\nCSeq: 8348 INVITE\r\nContact: <sip:gw@192.0.2.77:5060>\r\n{ALLOW}"
    f"Content-Type: application/sdp\r\nContent-Length: {len(SDP)}\r\n\r\n{SDP}",
    "BYE": f"BYE sip:gw@192.0.2.77:5060 SIP/2.0\r\n{VIA}{COMMON}To: <sip:+12025550123@pbx.example.com>;tag=314159\r\n"
    "CSeq: 8349 BYE\r\nContent-Length: 0\r\n\r\n",
    "OPTIONS": f"OPTIONS sip:pbx.example.com SIP/2.0\r\n{VIA}{COMMON}To: <sip:pbx.example.com>\r\n"
    "CSeq: 1 OPTIONS\r\nAccept: application/sdp\r\nContent-Length: 0\r\n\r\n",
}


def parse_us() -> dict[str, float]:
    """Microseconds of CPU to parse each message once, as the exchange does."""
    found = {}
    for name, text in MESSAGES.items():
        data = text.encode()
        began = time.process_time()
        for _ in range(COUNT):
            parse_message(data)
        found[name] = (time.process_time() - began) / COUNT * 1e6
    return found
