"""Trunks as operators see them: the API and the metrics."""

from __future__ import annotations

from tests.mgmt.conftest import TRUNKS, World


def test_operators_see_all_trunks_and_each(world: World) -> None:
    script = world.client(operator=True)
    assert TRUNKS["trunks"] == script.get("/api/v1/trunks").get_json()["data"]
    assert "north" == script.get("/api/v1/trunks/north").get_json()["id"]
    assert 404 == script.get("/api/v1/trunks/south").status_code


def test_the_metrics_tell_channels_health_and_registration(world: World) -> None:
    text = world.script(None).get("/metrics").get_data(as_text=True)
    for line in (
        'softswitch_trunk_channels{direction="out",trunk="north"} 2.0',
        'softswitch_trunk_gateway_up{gateway="udp:192.0.2.8:5060",trunk="north"} 1.0',
        'softswitch_trunk_registered{gateway="udp:192.0.2.8:5060",trunk="north"} 0.0',
    ):
        assert line in text


def test_the_metrics_are_there_while_the_switch_is_away(world: World) -> None:
    world.switch.away = True
    answer = world.script(None).get("/metrics")
    assert 200 == answer.status_code
    assert "softswitch_trunk_channels{" not in answer.get_data(as_text=True)
