"""Asterisk as a peer of the SIP benchmark: a B2BUA with media, in the root directory of a Debian that has it.

`debootstrap --variant=minbase --include=asterisk sid ROOT http://deb.debian.org/debian` makes one. It keeps no records and logs
nothing; only the modules that such a call needs are loaded.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench.peers import Peer, running
from tests.bench.servers import PASSWORD
from tests.ports import free_ports

OWN = "tmp/bench-asterisk"
"""Its files, seen from the root directory."""
PHONES = 1_000
BOOT_S_MAX = 60
CONFIG = f"""[directories]
astetcdir => /{OWN}
astvarlibdir => /var/lib/asterisk
astdatadir => /usr/share/asterisk
astdbdir => /{OWN}
astspooldir => /{OWN}
astrundir => /{OWN}
astlogdir => /{OWN}
[options]
maxfiles = 100000
"""
MODULES = (
    *("res_sorcery_config", "res_sorcery_memory", "res_sorcery_astdb", "res_timing_timerfd", "res_pjproject"),
    *("res_pjsip", "res_pjsip_pubsub", "res_pjsip_session", "res_pjsip_sdp_rtp", "res_rtp_asterisk"),
    *("res_pjsip_endpoint_identifier_ip", "res_pjsip_endpoint_identifier_user", "res_pjsip_nat", "res_pjsip_rfc3326"),
    *("res_pjsip_authenticator_digest", "res_pjsip_registrar", "res_pjsip_caller_id", "chan_pjsip", "pbx_config"),
    *("app_dial", "codec_ulaw", "bridge_simple", "bridge_native_rtp", "func_callerid"),
    *(
        "app_mixmonitor",
        "format_wav",
        "app_confbridge",
        "bridge_softmix",
        "bridge_holding",
        "app_playback",
        "format_pcm",
    ),
)
DIALPLAN = f"""[bench]
exten => _+2X.,1,MixMonitor(/{OWN}/${{EXTEN}}.wav)
exten => _+2X.,n,Dial(PJSIP/${{EXTEN}}@gateway)
exten => _+3X.,1,Answer()
exten => _+3X.,n,ConfBridge(${{EXTEN:2:5}})
exten => _+4X.,1,Answer()
exten => _+4X.,n(again),Playback(/{OWN}/sound)
exten => _+4X.,n,Goto(again)
exten => _+X.,1,Dial(PJSIP/${{EXTEN}}@gateway)
"""
SIP = """[global]
type=global
endpoint_identifier_order=username,ip
[udp]
type=transport
protocol=udp
bind=127.0.0.1:{port}
[call](!)
type=endpoint
context=bench
disallow=all
allow=ulaw,alaw
direct_media=no
[caller](call)
[gateway](call)
aors=gateway
[gateway]
type=aor
contact=sip:127.0.0.1:{gateway}
[caller]
type=identify
endpoint=caller
match=127.0.0.1
"""
PHONE = """[{name}](call)
auth={name}
aors={name}
[{name}]
type=auth
auth_type=userpass
username={name}
password={password}
[{name}]
type=aor
max_contacts=1
remove_existing=yes
"""


@contextmanager
def asterisk(root: Path, scheduled: Sequence[str] = (), sound: bytes = b"") -> Iterator[Peer]:
    """Its chan_pjsip, pinned to the servers' core as the others are; needs root.

    scheduled: what it is started by.  sound: mu-law, 8 kHz, for who calls +4.
    """
    port, caller, spare, gateway = free_ports(4)
    own = root / OWN
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir(parents=True)
    phones = [PHONE.format(name=f"bench{index:05d}", password=PASSWORD) for index in range(PHONES)]
    files = {
        "asterisk.conf": CONFIG,
        "modules.conf": "\n".join(["[modules]", "autoload=no", *(f"load = {name}.so" for name in MODULES), ""]),
        "pjsip.conf": SIP.format(port=port, gateway=gateway) + "".join(phones),
        "extensions.conf": DIALPLAN,
        "rtp.conf": "[general]\nrtpstart=40000\nrtpend=60000\n",
        "logger.conf": "[general]\n[logfiles]\n",
        "cdr.conf": "[general]\nenable=no\n",
        "confbridge.conf": "[general]\n[default_user]\ntype=user\nquiet=yes\n[default_bridge]\ntype=bridge\n",
    }
    (own / "sound.ulaw").write_bytes(sound)
    for name, text in files.items():
        (own / name).write_text(text)
    # It looks these two names up at each call; without an answer calls wait for the resolver.
    (root / "etc" / "hosts").write_text(f"127.0.0.1 localhost {socket.gethostname()} A.ROOT-SERVERS.NET\n")
    command = ["chroot", str(root), "asterisk", "-C", f"/{OWN}/asterisk.conf"]
    try:
        with running("Asterisk", [*scheduled, *command, "-f"], {}, (port, caller, spare, gateway)) as peer:
            _wait([*command, "-rx", "core waitfullybooted"])
            yield peer
    finally:
        shutil.rmtree(own)


def _wait(asked: list[str]) -> None:
    until = time.monotonic() + BOOT_S_MAX
    while subprocess.run(asked, check=False, capture_output=True).returncode != 0:
        assert time.monotonic() < until, "Asterisk does not start"
        time.sleep(0.5)
