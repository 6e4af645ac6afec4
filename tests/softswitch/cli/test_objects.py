"""Every kind of object has its commands, and its help is English."""

from __future__ import annotations

import typer

from softswitch.cli.objects import COLUMNS, register


def test_the_help_of_every_kind_names_several_of_it() -> None:
    app = typer.Typer()
    register(app)
    texts = {str(group.name): str(group.help) for group in app.registered_groups}
    assert set(COLUMNS) == set(texts)
    assert "List, show, set and delete queues." == texts["queue"]
    assert "List, show, set and delete policies." == texts["policy"]
    assert [] == [text for text in texts.values() if text.endswith(("ss.", "xs.")) or "_" in text]
