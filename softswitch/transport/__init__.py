"""Twisted around `softswitch.sip`: sockets, live transactions, call legs. Call control sees `session`, `user_agent`.

Reading order:
- `limits` what a peer can make us hold; `clock` Twisted's clock for the type checker
- `flows` where messages go: `Destination`, `Flow`, `Paths`; `resolver`, `lookup` host names; `udp`, `tcp` the sockets;
  `memory` a network in memory for tests
- `driver` performs the effects of one transaction machine; `client`, `server` a request in the hands of its user;
  `exchange` all live transactions; `trace` the last messages of each call
- `listener` what a leg tells its owner; `policy` what differs from leg to leg; `session` a leg (answered part),
  `incoming`, `outgoing` (the way there), `provisional` (reliable 18x), `renegotiation` (the offers of one dialog),
  `refresh` (the session timer), `attempt` (one request with answers to challenges); `user_agent` all legs

Put together:

    exchange = Exchange(reactor, ids, now_us)
    udp, tcp = UdpPort(exchange), TcpPort(reactor, reactor, exchange)
    udp.listen(reactor, host, port); tcp.listen(host, port)
    exchange.paths = Flows(Resolver(reactor, system_lookup(reactor)), {"udp": udp, "tcp": tcp})
    agent = UserAgent(exchange, Identity(...), on_incoming, on_other, random.random)

May import: `softswitch.sip`, Twisted.
"""
