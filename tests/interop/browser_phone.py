"""A browser as a phone: JsSIP in Chromium with a sound file for a microphone; what it hears is kept as samples."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from mgmt.ui.npm import find
from tests.interop.listen import Sound
from tests.interop.node import Running

UI = Path(__file__).parents[2] / "mgmt" / "ui"
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--ignore-certificate-errors",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--disable-features=LocalNetworkAccessChecks,WebRtcHideLocalIpsWithMdns",
]
PLACE = "http://phone.localhost/"
"""Whose scripts may use a microphone."""

PHONE = """
({ url, user, password, constraints, tamper }) => {
  const socket = new JsSIP.WebSocketInterface(url);
  const ua = new JsSIP.UA({ sockets: [socket], uri: `sip:${user}@127.0.0.1`, password, register_expires: 120 });
  window.told = [];
  window.samples = [];
  for (const name of ["connected", "disconnected", "registered", "unregistered", "registrationFailed"])
    ua.on(name, () => window.told.push(name));
  const context = new AudioContext({ sampleRate: 8000 });
  const listen = (stream) => {
    if (window.ears) window.ears.reader.disconnect();
    const player = new Audio();
    player.srcObject = stream;
    player.muted = true;
    player.play();
    const source = context.createMediaStreamSource(stream), reader = context.createScriptProcessor(1024, 1, 1);
    reader.onaudioprocess = (event) => window.samples.push(...event.inputBuffer.getChannelData(0));
    source.connect(reader);
    reader.connect(context.destination);
    window.ears = { player, source, reader };
  };
  const wire = (connection) => {
    window.connection = connection;
    connection.addEventListener("track", (event) => listen(event.streams[0] || new MediaStream([event.track])));
    connection.addEventListener("connectionstatechange", () => window.told.push(`media ${connection.connectionState}`));
  };
  window.options = { mediaConstraints: constraints, pcConfig: { iceServers: [] } };
  ua.on("newRTCSession", ({ session, originator }) => {
    window.session = session;
    window.told.push(`${originator} ${session.remote_identity.uri.user}`);
    for (const name of ["progress", "accepted", "confirmed", "hold", "unhold"])
      session.on(name, (event) => window.told.push(`${name} ${event.originator}`));
    for (const name of ["ended", "failed"]) session.on(name, (event) => window.told.push(`over ${event.cause}`));
    session.on("sdp", (event) => {
      if (event.originator === "local" && tamper) event.sdp = event.sdp.replace(new RegExp(tamper[0], "g"), tamper[1]);
    });
    if (originator === "local") wire(session.connection);
    else session.on("peerconnection", (event) => wire(event.peerconnection));
  });
  ua.start();
  window.ua = ua;
}
"""
VOICE = {"audio": {"echoCancellation": False, "noiseSuppression": False, "autoGainControl": False}}


def library(folder: Path) -> str:
    """JsSIP as one script."""
    folder.mkdir(exist_ok=True)
    (folder / "node_modules").symlink_to(UI / "node_modules")
    entry, out = folder / "entry.js", folder / "jssip.js"
    entry.write_text('import JsSIP from "jssip"; window.JsSIP = JsSIP;')
    found = find()
    assert found is not None
    command = ["node", str(UI / "node_modules" / "rolldown" / "bin" / "cli.mjs"), str(entry), "--format", "iife"]
    subprocess.run([*command, "--file", str(out)], env={"PATH": found[1]}, cwd=folder, check=True, capture_output=True)
    return out.read_text()


@contextmanager
def chromium(voice: Path | None = None) -> Iterator[Browser]:
    """Chromium whose microphone says what is in a file, again and again."""
    more = [] if voice is None else [f"--use-file-for-fake-audio-capture={voice}"]
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[*FLAGS, *more])
        yield made
        made.close()


class BrowserPhone:
    """One page with one registered phone."""

    def __init__(
        self, browser: Browser, script: str, node: Running, device: str, kind: str = "wss", **more: Any
    ) -> None:
        port = node.runtime.sip_wss_port if kind == "wss" else node.runtime.sip_ws_port
        self.page: Page = browser.new_context(ignore_https_errors=True, permissions=["microphone"]).new_page()
        self.page.route(PLACE, lambda route: route.fulfill(body="<title>phone</title>", content_type="text/html"))
        self.page.goto(PLACE)
        self.page.add_script_tag(content=script)
        about = {"url": f"{kind}://127.0.0.1:{port}/", "user": device, "password": node.passwords[device]}
        self.page.evaluate(PHONE, {"constraints": VOICE, "tamper": None, **about, **more})
        self.wait("registered")

    def __enter__(self) -> BrowserPhone:
        return self

    def __exit__(self, *_: object) -> None:
        self.page.evaluate("window.ua.stop()")
        self.page.context.close()

    def wait(self, what: str, seconds: float = 20.0) -> None:
        """Until something was told."""
        self.page.wait_for_function("(what) => window.told.includes(what)", arg=what, timeout=seconds * 1000)

    def told(self) -> list[str]:
        return [str(one) for one in self.page.evaluate("window.told")]

    def call(self, number: str, **options: Any) -> None:
        self.page.evaluate(
            "([number, more]) => window.ua.call(`sip:${number}@127.0.0.1`, { ...window.options, ...more })",
            [number, options],
        )

    def answer(self) -> None:
        self.page.evaluate("window.session.answer(window.options)")

    def do(self, script: str) -> Any:
        """Something of the session."""
        return self.page.evaluate(f"window.session.{script}")

    def remote(self, pattern: str) -> str:
        """What the switch's newest description says: the first group of a pattern, "" when it is not there."""
        text = str(self.page.evaluate("window.connection.remoteDescription?.sdp || ''"))
        found = re.search(pattern, text)
        return "" if found is None else found[1].strip()

    def received(self) -> dict[str, Any]:
        """What the browser itself says of the voice that came: packets, energy, state of its path. For who finds silence."""
        script = """async () => {
          const all = [...(await window.connection.getStats()).values()];
          const voice = all.find((one) => one.type === "inbound-rtp") || {};
          const path = all.find((one) => one.type === "candidate-pair" && one.nominated) || {};
          return { packets: voice.packetsReceived, energy: voice.totalAudioEnergy, path: path.state, came: path.bytesReceived,
                   told: window.told.slice(-8), tracks: window.connection.getReceivers().map((one) => one.track.muted) };
        }"""
        return dict(self.page.evaluate(script))

    def forget(self) -> None:
        """What was heard so far."""
        self.page.evaluate("window.samples = []")

    def heard(self) -> Sound:
        """All that was heard so far, 8 kHz."""
        return np.array(self.page.evaluate("window.samples"), dtype=np.float64)
