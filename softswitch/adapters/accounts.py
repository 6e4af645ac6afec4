"""Our accounts at carriers: the credentials of a trunk, for challenges to its INVITEs and REGISTERs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from twisted.logger import Logger

from configdb.model import Trunk
from configdb.secrets import Sealer
from softswitch.peers.realms import Realms
from softswitch.sip.challenge import Account, Pairs, answer_challenges
from softswitch.sip.message import Request, Response
from softswitch.transport.attempt import Authenticate


class Accounts:
    """Opens passwords only to answer with them. `random_text` gives fresh text for each answer."""

    _log = Logger(namespace="softswitch.outgoing")

    def __init__(self, sealer: Sealer, random_text: Callable[[], str]) -> None:
        self._sealer, self._random_text = sealer, random_text
        self._realms = Realms()

    def of(self, trunk: Trunk | None) -> Authenticate | None:
        """What answers challenges for a trunk; None when it has no account."""
        if trunk is None or trunk.username is None or trunk.password is None:
            return None
        account = Account(trunk.username, self._sealer.open(trunk.password), partial(self._admits, trunk))

        def authenticate(response: Response, request: Request) -> Pairs:
            return answer_challenges(response, request, account, self._random_text())

        return authenticate

    def _admits(self, trunk: Trunk, realm: str) -> bool:
        admitted = self._realms.admits(trunk, realm)
        if not admitted:
            self._log.warn(
                "trunk {trunk}: a challenge for realm {realm} is not answered; set its `realm` if it is the carrier's own",
                trunk=trunk.id,
                realm=realm[:64],
            )
        return admitted
