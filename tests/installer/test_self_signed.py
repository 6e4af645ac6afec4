"""The certificate of a new node: made once, when it is needed, for all its names."""

from __future__ import annotations

import stat
from pathlib import Path

from cryptography import x509

from configdb.node import load_settings
from installer import doctor
from installer.self_signed import ensure, make


def test_it_is_made_once_and_only_when_tls_is_on(tmp_path: Path) -> None:
    assert ensure(load_settings(tmp_path)) is None
    settings = load_settings(tmp_path, {"sip_tls_port": 5061, "public_address": "198.51.100.7"})
    assert tmp_path / "tls" / "self-signed.pem" == ensure(settings)
    shown = x509.load_pem_x509_certificate((tmp_path / "tls" / "self-signed.pem").read_bytes())
    names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "localhost" in names.get_values_for_type(x509.DNSName)
    assert {"198.51.100.7", "127.0.0.1", "::1"} == {str(each) for each in names.get_values_for_type(x509.IPAddress)}
    assert 0o600 == stat.S_IMODE((tmp_path / "tls" / "self-signed.key").stat().st_mode)
    assert ensure(settings) is None


def test_none_is_made_when_the_operator_has_one(tmp_path: Path) -> None:
    pair = {"certificate": str(tmp_path / "a.pem"), "key": str(tmp_path / "a.key")}
    assert ensure(load_settings(tmp_path, {"sip_tls_port": 5061, "tls_certificates": (pair,)})) is None


def test_the_doctor_says_what_is_wrong_with_a_certificate(tmp_path: Path) -> None:
    pair = {"certificate": str(tmp_path / "a.pem"), "key": str(tmp_path / "a.key")}
    settings = load_settings(tmp_path, {"sip_tls_port": 5061, "tls_certificates": (pair,)})

    def found() -> doctor.Finding:
        return next(one for one in doctor.machine(tmp_path, settings) if one.name == "certificate")

    assert not found().ok
    certificate, key = make(["sip.example"])
    (tmp_path / "a.pem").write_text(certificate)
    (tmp_path / "a.key").write_text(key)
    assert (True, True) == (found().ok, "is good for 82" in found().text)
    fresh = load_settings(tmp_path / "new", {"sip_tls_port": 5061})
    made = next(one for one in doctor.machine(tmp_path, fresh) if one.name == "certificate")
    assert (True, "the node makes one at its start") == (made.ok, made.text)
