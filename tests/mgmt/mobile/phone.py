"""An app on a telephone: signs in, keeps its last tokens, may lose an answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient

from tests.mgmt.conftest import PASSWORD, World

DEVICE = "pixel-0123456789"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass
class Phone:
    """`last` is what the token endpoint said last."""

    world: World
    device: str = DEVICE
    last: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client: FlaskClient = self.world.app.test_client()

    def token(self, **form: str) -> tuple[int, dict[str, Any]]:
        """What the token endpoint says."""
        answer = self.client.post("/mobile/v1/token", data={"device": self.device, "platform": "ios", **form})
        return answer.status_code, answer.get_json(force=True)

    def sign_in(self, who: str = "ann@riverside.example", **more: str) -> tuple[int, dict[str, Any]]:
        """With a password."""
        return self._kept(
            *self.token(grant_type="password", username=who, password=PASSWORD, device_name="Ann's phone", **more)
        )

    def refresh(self, lost: bool = False) -> tuple[int, dict[str, Any]]:
        """With the last refresh token; a lost answer never arrives."""
        status, said = self.token(grant_type="refresh_token", refresh_token=self.last["refresh_token"])
        return (status, said) if lost else self._kept(status, said)

    def _kept(self, status: int, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if status == 200:
            self.last = said
        return status, said

    def ask(self, method: str, path: str, **sent: Any) -> tuple[int, Any]:
        """A request with the last access token: status, and the document or the code of a problem."""
        headers = {"Authorization": f"Bearer {self.last['access_token']}", **sent.pop("headers", {})}
        answer = self.client.open(path, method=method, headers=headers, **sent)
        body = answer.get_json(force=True, silent=True)
        return answer.status_code, body.get("code") if answer.mimetype == "application/problem+json" else body
