"""What a picture is by its first bytes, and where pictures of messages are kept. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from media.storage.names import checked
from mgmt.sms.message import Message

MAGIC: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (0, b"GIF8", "image/gif", "gif"),
    (8, b"WEBP", "image/webp", "webp"),
    (4, b"ftyp", "video/mp4", "mp4"),
    (0, b"#!AMR", "audio/amr", "amr"),
    (0, b"ID3", "audio/mpeg", "mp3"),
    (0, b"%PDF-", "application/pdf", "pdf"),
)


def kind_of(data: bytes) -> tuple[str, str] | None:
    """Media type and ending by the first bytes."""
    return next((row[2:] for row in MAGIC if data[row[0] : row[0] + len(row[1])] == row[1]), None)


def name_of(message: Message, index: int, ending: str) -> str:
    """The store's name of a picture."""
    day = datetime.fromtimestamp(message.at, UTC).strftime("%Y%m%d")
    return checked(f"{message.tenant}/mms/{day}/{message.id}-{index}.{ending}")
