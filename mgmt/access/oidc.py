"""One OpenID provider as we ask it: discovery, authorization address, code for tokens, the ID token checked.

OpenID Connect Core 3.1 and Discovery 4 over OAuth 2.0 with PKCE (RFC 6749 4.1, RFC 7636, RFC 9700). Every address of a
provider is a company's own word: they are asked by `mgmt.outbox.web`, which leads nowhere inside.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote_plus, urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from mgmt.limits import sso_answer_s_max, sso_bytes_max, sso_skew_s_max
from mgmt.outbox.web import Answer, Ask, NotAllowed, Unanswered, Unsent

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""What an ID token may be signed with: never `none`, never our own secret."""
SCOPE = "openid email profile"


class ProviderError(Exception):
    """Theirs: the provider cannot be asked, says nonsense, or vouches for nobody."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in that is on its way: what the answer has to fit."""

    nonce: str
    verifier: str
    redirect_uri: str

    @property
    def challenge(self) -> str:
        """RFC 7636 4.2, S256."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Person:
    """Who the provider says it is."""

    subject: str
    email: str | None
    name: str | None


class Provider:
    """`ask` does one HTTP request; `clock` is wall time in seconds."""

    def __init__(
        self, issuer: str, client_id: str, secret: str | None, ask: Callable[[Ask], Answer], clock: Callable[[], float]
    ) -> None:
        self._issuer, self._client_id, self._secret = issuer, client_id, secret
        self._ask, self._clock = ask, clock

    def address(self, pending: Pending, state: str, email: str) -> str:
        """Where the browser goes to sign in. Raises `ProviderError`."""
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": pending.redirect_uri,
            "scope": SCOPE,
            "state": state,
            "nonce": pending.nonce,
            "code_challenge": pending.challenge,
            "code_challenge_method": "S256",
            "login_hint": email,
        }
        endpoint = self._endpoint(self._metadata(), "authorization_endpoint")
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def person(self, pending: Pending, code: str) -> Person:
        """Whom a code stands for. Raises `ProviderError`."""
        metadata = self._metadata()
        tokens = self._tokens(metadata, pending, code)
        claims = self._checked(metadata, str(tokens.get("id_token", "")), pending)
        if "email" not in claims and metadata.get("userinfo_endpoint"):
            claims = {**self._userinfo(metadata, str(tokens.get("access_token", "")), claims["sub"]), **claims}
        verified = claims.get("email_verified") in (True, "true")
        email, name = claims.get("email"), claims.get("name")
        return Person(
            claims["sub"],
            email if verified and isinstance(email, str) else None,
            name if isinstance(name, str) and 0 < len(name) <= 120 else None,
        )

    def _metadata(self) -> Mapping[str, Any]:
        found = self._json(Ask("GET", f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"))
        if found.get("issuer") != self._issuer:
            raise ProviderError("it says that it is another issuer")
        return found

    def _endpoint(self, metadata: Mapping[str, Any], name: str) -> str:
        found = metadata.get(name)
        if not isinstance(found, str) or not found.startswith(("https://", "http://")):
            raise ProviderError(f"it has no {name}")
        if self._issuer.startswith("https://") and not found.startswith("https://"):
            raise ProviderError(f"its {name} is without TLS")
        return found

    def _tokens(self, metadata: Mapping[str, Any], pending: Pending, code: str) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": pending.redirect_uri,
            "code_verifier": pending.verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if self._secret is None:
            form["client_id"] = self._client_id
        else:  # RFC 6749 2.3.1: both are form-encoded first
            pair = f"{quote_plus(self._client_id)}:{quote_plus(self._secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        return self._json(Ask("POST", self._endpoint(metadata, "token_endpoint"), headers, urlencode(form).encode()))

    def _userinfo(self, metadata: Mapping[str, Any], token: str, subject: str) -> Mapping[str, Any]:
        """OpenID Connect Core 5.3.4: what is said of somebody else does not count."""
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        found = self._json(Ask("GET", self._endpoint(metadata, "userinfo_endpoint"), headers))
        return found if found.get("sub") == subject else {}

    def _checked(self, metadata: Mapping[str, Any], token: str, pending: Pending) -> dict[str, Any]:
        """The claims of an ID token by the rules of OpenID Connect Core 3.1.3.7."""
        keys = self._json(Ask("GET", self._endpoint(metadata, "jwks_uri")))
        try:
            found = jwt.decode(token, KeySet.import_key_set(keys), algorithms=list(ALGORITHMS))  # type: ignore[arg-type]  # a JWKS
        except (JoseError, ValueError, KeyError, TypeError) as wrong:
            raise ProviderError("its ID token is not signed with its keys") from wrong
        claims, now = dict(found.claims), self._clock()
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        right = (
            claims.get("iss") == self._issuer
            and self._client_id in audiences
            and (len(audiences) == 1 or claims.get("azp") == self._client_id)
            and claims.get("azp") in (None, self._client_id)
            and claims.get("nonce") == pending.nonce
            and _number(claims.get("exp")) > now - sso_skew_s_max
            and _number(claims.get("iat")) < now + sso_skew_s_max
        )
        subject = claims.get("sub")
        if not right or not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise ProviderError("its ID token is not for this sign-in")
        return claims

    def _json(self, ask: Ask) -> Mapping[str, Any]:
        headers = {"Accept": "application/json", **ask.headers}
        bounded = replace(ask, headers=headers, answer_bytes_max=sso_bytes_max, answer_s_max=sso_answer_s_max)
        try:
            answer = self._ask(bounded)
            found = json.loads(answer.body) if answer.status == 200 else None
        except (NotAllowed, Unsent, Unanswered) as wrong:
            raise ProviderError(str(wrong)) from wrong
        except (ValueError, RecursionError) as wrong:
            raise ProviderError("it answers no JSON") from wrong
        if not isinstance(found, dict):
            raise ProviderError(f"it answers {answer.status}")
        return found


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")
