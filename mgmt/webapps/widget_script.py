"""The script of a widget: the code that all have in common, called with what one company chose."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

_assets = Path(__file__).parent.parent / "assets"


def of_widget(shown: dict[str, Any]) -> str:
    """The whole script."""
    return f"({(_assets / 'widget.js').read_text().rstrip().removesuffix(';')})({_literal(shown)})\n"


def word_press() -> str:
    """The script that finds `<div id="InfratelContactWidget" data-tenantid data-url>` and loads that company's."""
    return (_assets / "wordpress.js").read_text()


def markup(shown: dict[str, Any], base: str) -> dict[str, str]:
    """Pieces of HTML by the names that plug-ins know."""
    tenant, key = escape(str(shown["key"]).partition(".")[0]), escape(str(shown["key"]))
    place = f'<div id="InfratelContactWidget" data-tenantid="{tenant}" data-url="{escape(base)}"></div>'
    button = f'<script async src="{escape(base)}/clickconnect/{key}.js"></script>'
    number = escape(str(shown["number"] or ""))
    text = escape(str(shown["text"] or shown["company"]))
    return {
        "widget": f'{place}<script async src="{escape(base)}/cqjs/wordpress.js"></script>',
        "themedWidget": f'{place}<script async src="{escape(base)}/cqjs/wordpress.js"></script>',
        "sidebarClickConnect": button,
        "sidebarMobileClickConnect": f'<a href="tel:{number}">{text}</a>' if number else button,
    }


def _literal(value: dict[str, Any]) -> str:
    """JSON that stays one expression inside a script, wherever that is written."""
    text = json.dumps(value)  # ASCII: U+2028 is escaped
    return text.replace("<", "\\u003c").replace(">", "\\u003e")
