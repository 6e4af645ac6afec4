"""A real name server with the zone "carrier.test": `python -m tests.interop.name_server PORT DEAD LIVE`, until it is ended.

NAPTR leads to SRV over UDP: first a port where nobody listens (DEAD), then the gateway (LIVE).
"""

from __future__ import annotations

import sys

from twisted.internet import reactor
from twisted.names import authority, dns, server


class Zone(authority.FileAuthority):
    """The zone in memory."""

    def loadFile(self, filename: str) -> None:
        dead, live = map(int, sys.argv[2:])
        soa = dns.Record_SOA("ns.carrier.test", "root.carrier.test", 1, 60, 60, 60, 60, 60)
        self.soa = (b"carrier.test", soa)
        self.records = {
            b"carrier.test": [soa, dns.Record_NAPTR(10, 10, b"s", b"SIP+D2U", b"", b"_sip._udp.carrier.test", 60)],
            b"_sip._udp.carrier.test": [
                dns.Record_SRV(10, 0, dead, b"one.carrier.test", 60),
                dns.Record_SRV(20, 0, live, b"two.carrier.test", 60),
            ],
            b"one.carrier.test": [dns.Record_A("127.0.0.1", 60)],
            b"two.carrier.test": [dns.Record_A("127.0.0.1", 60)],
        }


def main() -> None:
    """Serve."""
    factory = server.DNSServerFactory(authorities=[Zone("")], verbose=0)
    reactor.listenUDP(int(sys.argv[1]), dns.DNSDatagramProtocol(factory), interface="127.0.0.1")
    reactor.run()


if __name__ == "__main__":
    main()
