"""The mail server of a node: listening, with its own threads, over the mailroom."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from structlog.stdlib import BoundLogger
from twisted.internet import threads
from twisted.internet.defer import Deferred
from twisted.python.threadpool import ThreadPool

from configdb.certificates import certificates_of
from configdb.node import NodeSettings
from mgmt.context import Context
from mgmt.limits import mail_dns_s_max, mail_in_threads_max
from mgmt.mailin.lookup import Resolved, resolver_of
from mgmt.mailin.secure import Secure
from mgmt.mailin.server import Desk, MailFactory
from mgmt.usecases.mail_in import Envelope, Mailroom, Reply


class MailDoor:
    """Opens when the node says where; `stop` lets what is under way end."""

    def __init__(self, reactor: Any, context: Context, node: NodeSettings, log: BoundLogger) -> None:
        self._reactor, self._node, self._log = reactor, node, log
        self._pool = ThreadPool(0, mail_in_threads_max, name="mail")
        domain, resolver = node.mail_domain or "", resolver_of(node.dns_servers)
        room = Mailroom(
            context, domain, node.mail_postmaster, lambda: Resolved(resolver, time.monotonic() + mail_dns_s_max)
        )

        def take(source: str, helo: str, sender: str, recipients: tuple[str, ...], raw: bytes) -> Reply:
            return room.take(Envelope(source, helo, sender, recipients), raw)

        pairs = certificates_of(node)
        secure = Secure(pairs[0] if pairs else None, log)
        desk = Desk(room.refusal, take)
        self.factory = MailFactory(reactor, desk, self._work, f"in.{domain}", secure, time.monotonic, log)

    def _work(self, work: Callable[..., Any], *given: Any) -> Deferred[Any]:
        return threads.deferToThreadPool(self._reactor, self._pool, work, *given)

    def start(self) -> int:
        """Listen; the port."""
        host, _, port = (self._node.mail_listen or "").rpartition(":")
        self._pool.start()
        listening = self._reactor.listenTCP(int(port), self.factory, interface=host.strip("[]"))
        at = int(listening.getHost().port)
        self._log.info("listening for mail", host=host, port=at)
        return at

    def stop(self) -> None:
        """No more threads."""
        self._pool.stop()
