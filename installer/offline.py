"""A bundle for machines without a network: wheels, what is inside (SBOM), checksums, a script that installs from them alone."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

from installer import sbom

SCRIPT = """\
#!/bin/sh
# Installs into /opt/softswitch from the wheels beside it; nothing is fetched.
set -eu
cd "$(dirname "$0")"
sha256sum --quiet -c SHA256SUMS
python3 -m venv "${1:-/opt/softswitch}"
"${1:-/opt/softswitch}/bin/pip" install --quiet --no-index --find-links wheels softswitch
"${1:-/opt/softswitch}/bin/softswitch" --version
"""


class NoWheels(Exception):
    """There is nothing to pack."""


def pack(wheels: Path, target: Path) -> int:
    """Writes the bundle (tar.gz); how many wheels are in it. The same wheels give the same bytes. Raises NoWheels, OSError."""
    found = sorted(wheels.glob("*.whl"))
    if not any(path.name.startswith("softswitch-") for path in found):
        raise NoWheels(
            f"no softswitch-*.whl in {wheels}: `make wheel`, then `pip wheel -w {wheels} dist/softswitch-*.whl`"
        )
    files = {f"wheels/{path.name}": path.read_bytes() for path in found}
    files["sbom.json"] = json.dumps(sbom.document(), indent=1).encode()
    files["install.sh"] = SCRIPT.encode()
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items()))
    files["SHA256SUMS"] = sums.encode()
    with tarfile.open(target, "w:gz", compresslevel=1) as archive:
        for name, data in sorted(files.items()):
            entry = tarfile.TarInfo(f"softswitch-bundle/{name}")
            entry.size, entry.mode = len(data), 0o755 if name == "install.sh" else 0o644
            archive.addfile(entry, io.BytesIO(data))
    return len(found)
