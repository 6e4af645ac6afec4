"""Whose a message is: the node named in the branch of our Via or in our Contact, else the home of the tenant it is for.

```
 answer   -> the node whose name its branch begins with
 request  -> was handed on before (a repeat, its CANCEL, its ACK)? -> the same node
          -> in a dialog, the user of its Request-URI is a node    -> that node
          -> a tenant is known (who sends it, which number)        -> the tenant's home
          -> else                                                  -> here
```
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from softswitch.cluster.limits import HANDED_MAX
from softswitch.cluster.members import Members
from softswitch.sip.match import server_key
from softswitch.sip.message import Request, Response
from softswitch.sip.via import BRANCH_COOKIE

TenantOf = Callable[[Request], str | None]


def mark(name: str) -> str:
    """What the branches of a node begin with, behind the cookie."""
    return f"{name}."


class Places:
    """`of` says where a message belongs; None: here."""

    def __init__(self, members: Members) -> None:
        self._members = members
        self._handed: OrderedDict[tuple[object, ...], str] = OrderedDict()

    def of(self, message: Request | Response, tenant_of: TenantOf) -> str | None:
        """Another node that is alive, or None. `tenant_of` is asked when nothing else tells."""
        if not self._members.others:
            return None
        if isinstance(message, Response):
            cookie, _, own = (message.top_via.branch or "").partition(BRANCH_COOKIE)
            return None if cookie else self._alive(own.partition(".")[0])
        key = server_key(message)[:-1]  # without the method: a CANCEL is where its INVITE is
        node = self._alive(self._handed.get(key, ""))
        if node is None and message.to.tag is not None:
            named = message.request_uri.user or ""
            if named == self._members.name:
                return None
            node = self._alive(named)
        if node is None:
            tenant = tenant_of(message)
            node = None if tenant is None else self._alive(self._members.home(tenant))
        if node is not None:
            self._note(key, node)
        return node

    def _note(self, key: tuple[object, ...], node: str) -> None:
        self._handed[key] = node
        if len(self._handed) > HANDED_MAX:
            self._handed.popitem(last=False)

    def _alive(self, name: str) -> str | None:
        return name if self._members.find(name) is not None else None
