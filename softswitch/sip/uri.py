"""SIP, SIPS and tel URIs (RFC 3261 19.1, RFC 3966): parse, print, compare."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from softswitch.sip.errors import BadMessage
from softswitch.sip.grammar import HOST, print_host, read_host
from softswitch.sip.kept import kept
from softswitch.sip.limits import PARAMETERS_MAX, URI_MAX
from softswitch.sip.parameters import Parameters

_UNRESERVED = r"A-Za-z0-9\-_.!~*'()"
# '#' is not in the RFC's user characters, but phones send it in feature codes: it is read, and printed escaped.
_SIP = re.compile(
    rf"(?:((?:[{_UNRESERVED}&=+$,;?/#]|%[0-9A-Fa-f]{{2}})++)(?::((?:[{_UNRESERVED}&=+$,]|%[0-9A-Fa-f]{{2}})*+))?@)?"
    rf"({HOST})(?::([0-9]{{1,5}}))?((?:;(?:[{_UNRESERVED}\[\]/:&+$=]|%[0-9A-Fa-f]{{2}})++)*+)"
    rf"(?:\?((?:[{_UNRESERVED}\[\]/?:+$=&]|%[0-9A-Fa-f]{{2}})++))?"
)
_TEL = re.compile(rf"(\+?[0-9A-Fa-f*#\-.()]++)((?:;(?:[{_UNRESERVED}\[\]/:&+$=]|%[0-9A-Fa-f]{{2}})++)*+)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*+:[^\s<>\"]++")
_USER_SAFE = re.compile(rf"[{_UNRESERVED}&=+$,;?/]*+").fullmatch
_USER_SAFE_CHARS = "-_.!~*'()&=+$,;?/"
_PASSWORD_SAFE_CHARS = "-_.!~*'()&=+$,"
_PARAMETER_SAFE_CHARS = "-_.!~*'()[]/:&+$"
_HEADER_SAFE_CHARS = "-_.!~*'()[]/?:+$"
_NUMERIC = re.compile(r"[0-9.]++").fullmatch
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}").fullmatch
_SEPARATORS = str.maketrans("", "", "-.()")
_COMPARED_IF_IN_EITHER = ("user", "ttl", "method", "maddr", "transport", "lr")


@dataclass(frozen=True, slots=True)
class Uri:
    """One URI, escapes removed. `host` has no IPv6 brackets and is empty for tel; `user` is the number of a tel URI."""

    scheme: str
    user: str | None
    host: str
    port: int | None = None
    params: Mapping[str, str | None] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()
    password: str | None = None

    def __str__(self) -> str:
        params = "".join([_print_parameter(name, value) for name, value in self.params.items()])
        if self.scheme == "tel":
            return f"tel:{self.user}{params}"
        port = "" if self.port is None else f":{self.port}"
        headers = "&".join([f"{_header(name)}={_header(value)}" for name, value in self.headers])
        return f"{self.scheme}:{self._userinfo()}{print_host(self.host)}{port}{params}{'?' if headers else ''}{headers}"

    def _userinfo(self) -> str:
        if self.user is None:
            return ""
        user = print_user(self.user)
        if self.password is None:
            return f"{user}@"
        return f"{user}:{quote(self.password, _PASSWORD_SAFE_CHARS, errors='surrogateescape')}@"

    def equals(self, other: Uri) -> bool:
        """Whether both name the same resource: RFC 3261 19.1.4 (most parameters in only one side are ignored), RFC 3966 4."""
        if self.scheme == "tel" == other.scheme:
            return _tel_key(self) == _tel_key(other)
        return (
            (self.scheme, self.user, self.password, self.port) == (other.scheme, other.user, other.password, other.port)
            and _same_host(self.host, other.host)
            and _same_parameters(self.params, other.params)
            and _folded(self.headers) == _folded(other.headers)
        )


def print_user(user: str) -> str:
    """A user part as written in a URI: what has another meaning there is escaped."""
    return user if _USER_SAFE(user) else quote(user, _USER_SAFE_CHARS, errors="surrogateescape")


@kept
def parse_uri(text: str) -> Uri:
    """The URI in `text` (no display name, no <>). Raises BadMessage 400, 414 (too long) or 416 (scheme not ours)."""
    if len(text) > URI_MAX:
        raise BadMessage(414, "Request-URI Too Long")
    scheme, _, rest = text.partition(":")
    scheme = scheme.lower()
    if scheme in ("sip", "sips"):
        return _parse_sip(scheme, rest)
    if scheme == "tel":
        return _parse_tel(rest)
    if _SCHEME.fullmatch(text) is None:
        raise BadMessage(400, "Bad URI")
    raise BadMessage(416, "Unsupported URI Scheme")


def check_uri(text: str) -> None:
    """Refuses text that has not even the shape `scheme:something`, without parsing it."""
    if len(text) > URI_MAX or _SCHEME.fullmatch(text) is None:
        raise BadMessage(400, "Bad URI")


def _parse_sip(scheme: str, rest: str) -> Uri:
    found = _SIP.fullmatch(rest)
    if found is None:
        raise BadMessage(400, "Bad URI")
    user, password, host, port, params, headers = found.groups()
    if _NUMERIC(host) and not _IPV4(host):  # no name ends in a label of digits (RFC 5954 4.1)
        raise BadMessage(400, "Bad Host")
    return Uri(
        scheme,
        None if user is None else _unescape(user),
        read_host(host),
        None if port is None else _port(port),
        _parse_parameters(params) if params else {},
        _parse_headers(headers) if headers else (),
        None if password is None else _unescape(password),
    )


def _parse_tel(rest: str) -> Uri:
    found = _TEL.fullmatch(rest)
    if found is None:
        raise BadMessage(400, "Bad URI")
    return Uri("tel", found[1], "", None, _parse_parameters(found[2]))


def _parse_parameters(text: str) -> Parameters:
    parameters: Parameters = {}
    for part in text[1:].split(";") if text else ():
        name, equals, value = part.partition("=")
        if not name or len(parameters) >= PARAMETERS_MAX:
            raise BadMessage(400, "Bad URI Parameter")
        parameters.setdefault(_unescape(name).lower(), _unescape(value) if equals else None)
    return parameters


def _parse_headers(text: str) -> tuple[tuple[str, str], ...]:
    parts = [part.partition("=") for part in text.split("&", PARAMETERS_MAX)]
    if len(parts) > PARAMETERS_MAX or not all(name and equals for name, equals, _ in parts):
        raise BadMessage(400, "Bad URI Header")
    return tuple((_unescape(name), _unescape(value)) for name, _, value in parts)


def _port(text: str) -> int:
    port = int(text)
    if port > 65535:
        raise BadMessage(400, "Bad Port")
    return port


def _unescape(text: str) -> str:
    return unquote(text, errors="surrogateescape") if "%" in text else text


def _print_parameter(name: str, value: str | None) -> str:
    name = quote(name, _PARAMETER_SAFE_CHARS, errors="surrogateescape")
    return f";{name}" if value is None else f";{name}={quote(value, _PARAMETER_SAFE_CHARS, errors='surrogateescape')}"


def _header(text: str) -> str:
    return quote(text, _HEADER_SAFE_CHARS, errors="surrogateescape")


def _same_host(ours: str, theirs: str) -> bool:
    """Names without regard to case, IPv6 addresses by their bits (RFC 5954 4.2)."""
    if ":" in ours and ":" in theirs:
        return ipaddress.IPv6Address(ours) == ipaddress.IPv6Address(theirs)
    return ours.lower() == theirs.lower()


def _tel_key(uri: Uri) -> tuple[str | None, dict[str, str | None]]:
    """What of a tel URI counts: digits without separators, all parameters; the context is a number or a domain."""
    params = {name: None if value is None else value.lower() for name, value in uri.params.items()}
    for name in ("ext", "phone-context"):
        value = params.get(name)
        if value is not None and (name == "ext" or value.startswith("+")):
            params[name] = _without_separators(value)
    return _without_separators((uri.user or "").lower()), params


def _without_separators(digits: str) -> str:
    return digits.translate(_SEPARATORS)


def _folded(headers: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    return sorted((name.lower(), value) for name, value in headers)


def _same_parameters(ours: Mapping[str, str | None], theirs: Mapping[str, str | None]) -> bool:
    for name in {*ours, *theirs}:
        if name in ours and name in theirs:
            if (ours[name] or "").lower() != (theirs[name] or "").lower():
                return False
        elif name in _COMPARED_IF_IN_EITHER:
            return False
    return True
