"""What a flow wants done outside of its call: ask a server, send a text. The answer comes back as an input of the call."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.logger import Logger

from configdb.node import NodeSettings
from configdb.office import Webhook
from configdb.secrets import Sealer, SealError
from configdb.snapshot import TenantView
from ivr.effects import Fetch
from ivr.events import Fetched
from softswitch.adapters.fetch import agent_to
from softswitch.adapters.front import Front
from softswitch.adapters.messages import Messages
from softswitch.adapters.network import Network
from softswitch.adapters.web import Web


class Errands:
    """`sealer` opens the secrets that requests are signed with."""

    _log = Logger(namespace="softswitch.errands")

    def __init__(self, web: Web, messages: Messages, sealer: Sealer) -> None:
        self._web, self._messages, self._sealer = web, messages, sealer

    def ask(self, view: TenantView, wanted: Fetch, done: Callable[[Fetched], None]) -> None:
        """Calls `done` once, later or at once."""
        try:
            secret = self._secret(view, wanted.signed_by)
        except SealError:
            done(Fetched(wanted.token, 0, problem=f"the secret of web hook {wanted.signed_by} cannot be opened"))
            return
        self._web.ask(wanted, secret, done)

    def text(self, view: TenantView, to: str, text: str) -> str:
        """Why a text was not sent, "" when it is on its way."""
        return self._messages.notify(view, to, text)

    def _secret(self, view: TenantView, id: str | None) -> str | None:
        hook = view.objects.get("webhook", {}).get(id or "")
        if not isinstance(hook, Webhook) or hook.secret is None:
            return None
        return self._sealer.open(hook.secret)


def errands_of(reactor: Any, network: Network, settings: NodeSettings, front: Front, sealer: Sealer) -> Errands:
    """The errands of a node."""
    web = Web(reactor, network.addresses, settings.flow_servers, partial(agent_to, reactor), time.time)
    return Errands(web, front.messages, sealer)
