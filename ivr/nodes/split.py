"""split: share callers out among ways by weight, to compare them. The same caller always goes the same way."""

from __future__ import annotations

from hashlib import sha256
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from configdb.model import Value
from ivr.nodes.base import Family, Node, NodeId
from ivr.talk import Talk


class Way(Value):
    """One of the ways, with its share of the callers."""

    name: str = Field(min_length=1, max_length=80)
    weight: int = Field(default=1, ge=0, le=1000)
    to: NodeId


class Split(Node):
    """`salt` mixes the callers anew. Who hides the number goes by the moment of the call."""

    title: ClassVar[str] = "Split callers"
    family: ClassVar[Family] = "decide"
    needs_nobody: ClassVar[bool] = True

    kind: Literal["split"] = "split"
    ways_: tuple[Way, ...] = Field(min_length=2, max_length=20, alias="ways")
    salt: str = Field(default="", max_length=64)

    @model_validator(mode="after")
    def _weighs(self) -> Split:
        if not sum(way.weight for way in self.ways_):
            raise ValueError("no way has a weight")
        return self

    @property
    def quiet_s(self) -> float | None:
        return 0.0

    def enter(self, talk: Talk) -> None:
        number = talk.caller.number
        known = number if number != "anonymous" else talk.now.isoformat()
        point = int.from_bytes(sha256(f"{self.salt}\0{known}".encode()).digest()[:8], "big")
        point %= sum(way.weight for way in self.ways_)
        for way in self.ways_:
            point -= way.weight
            if point < 0:
                talk.take("split", f"This caller goes the way {way.name}", way=way.name)
                talk.go(way.to)
                return

    def edges(self) -> dict[str, str]:
        return {way.name: way.to for way in self.ways_}
