"""Twisted around `softswitch.sip`: sockets, live transactions, call legs. Call control sees `session`, `user_agent`.

Reading order:
- `limits` what a peer can make us hold; `clock` Twisted's clock for the type checker, `wheel` one
  whose timers share ticks; `ids` unguessable names
- `flows` where messages go: `Destination`, `Flow`, `Paths`; `resolver`, `lookup` targets by DNS; `paths` the real `Paths`
- `datagrams`, `udp` the UDP sockets; `codec`, `websocket` messages in octets; `connection`, `stream` TCP, TLS, WS, WSS;
  `crowd` how many connections; `certificates`, `tls` who the far end is; `ports` all of them; `keep_alive` flows we hold;
  `memory` a network in memory for tests
- `driver` performs the effects of one transaction machine; `client`, `server` a request in the hands of its user;
  `fail_over` the targets of one in turn;
  `exchange` all live transactions; `trace` the last messages of each call
- `listener` what a leg tells its owner; `policy` what differs from leg to leg; `session` a leg (answered part),
  `incoming`, `outgoing` (the way there), `resumed` (one of an earlier process), `provisional` (reliable 18x),
  `renegotiation` (the offers of one dialog), `refresh` (the session timer), `referral` (REFER and its NOTIFYs),
  `informing` (INFO), `attempt` (one request with answers to challenges); `user_agent` all legs

Put together:

    exchange = Exchange(reactor, ids, now_us)
    ports = Ports(reactor, exchange, Listen((Local(host, host),), 5060), Tls(TlsOptions(()), reactor))
    ports.listen()
    exchange.paths = Flows(reactor, Resolver(reactor, dns_lookup(reactor), random), ports.by_transport)
    agent = UserAgent(exchange, Identity(...), on_incoming, on_other, random.random)

May import: `softswitch.sip`, Twisted.
"""
