"""Every kind of object has its commands, and its help is English."""

from __future__ import annotations

import pytest
import typer

from configdb.model import KINDS
from softswitch.cli.objects import COLUMNS, field, register, text_fields

USER = text_fields(KINDS["user"].model_json_schema())


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("extension=102", ("extension", "102")),
        ("ring_s=30", ("ring_s", 30)),
        ("dnd=true", ("dnd", True)),
        ("caller_id=null", ("caller_id", None)),
        ("name=Ann = Walker", ("name", "Ann = Walker")),
        ('blocked=["+1202"]', ("blocked", ["+1202"])),
        ("no_such_field=1", ("no_such_field", 1)),
    ],
)
def test_digits_are_text_where_the_kind_wants_text(said: str, expected: tuple[str, object]) -> None:
    assert expected == field(said, USER)


def test_the_help_of_every_kind_names_several_of_it() -> None:
    app = typer.Typer()
    register(app)
    texts = {str(group.name): str(group.help) for group in app.registered_groups}
    assert set(COLUMNS) == set(texts)
    assert "List, show, set and delete queues." == texts["queue"]
    assert "List, show, set and delete policies." == texts["policy"]
    assert [] == [text for text in texts.values() if text.endswith(("ss.", "xs.")) or "_" in text]
