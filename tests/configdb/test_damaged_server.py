"""A server of the log whose files have other bits than it wrote: what it says is understood, what it lost is written back."""

from __future__ import annotations

from pathlib import Path

import pytest

from configdb.client import ConfigClient
from configdb.damaged_server import damage, set_aside
from configdb.log import LogState
from configdb.log_jetstream import JetStreamLog
from tests.configdb.conftest import Server, eventually, person, tenant


@pytest.mark.parametrize(
    ("line", "damaged"),
    [
        (
            '[WRN]   Stream metafile "nats/jetstream/$G/streams/config-main/meta.inf": checksums do not match "b0" vs "b1"',
            True,
        ),
        ("[FTL] Can't start JetStream: raft: snapshot corrupt", True),
        ("[WRN] Filestore [S-R3F-x] Stream state outdated, last block has additional entries, will rebuild", False),
        ("[WRN] Filestore [_meta_] Recovering stream state from index errored: corrupt state file", False),
    ],
)
def test_only_files_that_a_server_cannot_mend_itself_are_damaged(line: str, damaged: bool) -> None:
    said = f"[INF] Starting nats-server\n{line}\n[INF] Server is ready"
    assert (line if damaged else None) == damage(said)


def test_files_are_set_aside_and_none_is_lost(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / "nats" / "jetstream").mkdir(parents=True)
        (tmp_path / "nats" / "jetstream" / "entry").write_text(f"{number}")
        assert f"jetstream.broken-{number}" == set_aside(tmp_path).name
    kept = sorted((tmp_path / "nats").rglob("entry"))
    assert ["1", "2"] == [path.read_text() for path in kept]


def test_what_one_flipped_bit_cut_off_the_log_of_a_node_alone_is_written_back(own_nats: Server, tmp_path: Path) -> None:
    client = ConfigClient(tmp_path, "web", JetStreamLog(own_nats.link()))
    client.start()
    try:
        eventually(lambda: client.wait_current(1))
        client.transact("acme", [tenant(), person("ann", "101")], "test", "begin")
        for number in range(20):
            client.transact("acme", [person("ann", "101", name=f"marker{number}")], "test", "more")
        last = client.state.sequence
        own_nats.kill()
        block = next(own_nats.folder.rglob("streams/config-main/msgs/1.blk"))
        data = bytearray(block.read_bytes())
        data[data.index(b"marker10")] ^= 4
        block.write_bytes(data)
        own_nats.start()
        eventually(lambda: client.status.state is LogState.REPLACED)
        assert 10 == client.rebuild_log()
        eventually(lambda: client.status.state is LogState.FOLLOWING)
        client.transact("acme", [person("ann", "101", name="Ann")], "test", "goes on")
        fresh = ConfigClient(tmp_path, "fresh", JetStreamLog(own_nats.link()))
        fresh.start()
        try:
            assert fresh.wait_for(last + 1)
            assert client.state.chain == fresh.state.chain
        finally:
            fresh.stop()
    finally:
        client.stop()
