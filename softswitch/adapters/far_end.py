"""What was negotiated with a leg's far end, as the media plane wants it."""

from __future__ import annotations

from media.plane.commands import Remote
from softswitch.adapters.protection import dtls_of, ice_of, keys_of
from softswitch.calls.effects import ConnectMedia
from softswitch.peers.trunk_sources import address_of
from softswitch.transport.flows import same_family


def remote_of(effect: ConnectMedia, signals_from: str | None = None) -> Remote:
    """Where its media goes, what it speaks, and whom it is heard from. `signals_from`: its numeric address, if known."""
    found, address = effect.negotiated, _seen_from_here(effect, signals_from)
    # a signalling address of the other family, or a host name, proves nothing about where media comes from
    source = effect.signalling_address if same_family(effect.signalling_address, address) else address
    return Remote(
        address=address,
        port=found.port,
        codec=found.codec,
        payload_type=found.payload_type,
        dtmf_payload_type=None if effect.digits == "info" else found.dtmf_payload_type,
        ptime_ms=found.ptime_ms,
        latch="strict" if found.address == source else "nat",
        signalling_address=source,
        send=found.send,
        rtcp_mux=found.rtcp.mux,
        rtcp_port=found.rtcp.port,
        rtcp_xr=found.rtcp.extended,
        event_clock_hz=found.event_clock_hz,
        fec=found.fec,
        keys_aside=effect.digits == "info",
        payload_type_heard=found.payload_type_heard,
        dtmf_payload_type_heard=None if effect.digits == "info" else found.dtmf_payload_type_heard,
        srtp=keys_of(found.srtp),
        ice=ice_of(found.rtc),
        dtls=dtls_of(found.rtc),
    )


def _seen_from_here(effect: ConnectMedia, signals_from: str | None) -> str:
    """The loopback address of a far end that signals from elsewhere is not ours: it means its own machine."""
    named, signalling = effect.negotiated.address, effect.signalling_address
    if _is_loopback(named) is not True:
        return named
    if signals_from is not None and _is_loopback(signalling) is None:
        signalling = signals_from  # a gateway that has a name
    return signalling if _is_loopback(signalling) is False else named


def _is_loopback(address: str) -> bool | None:
    """None when it is no address, but a name."""
    parsed = address_of(address)
    return None if parsed is None else parsed.is_loopback
