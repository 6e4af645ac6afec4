"""All node kinds, one row each: adding a kind is adding a file and a row here."""

from __future__ import annotations

from ivr.nodes.agent import Agent
from ivr.nodes.base import Node
from ivr.nodes.call_back import CallBack
from ivr.nodes.conference import Conference
from ivr.nodes.dial import Dial
from ivr.nodes.group import Group
from ivr.nodes.hangup import Hangup
from ivr.nodes.hours import Hours
from ivr.nodes.mailbox import Mailbox
from ivr.nodes.menu import Menu
from ivr.nodes.park import Park
from ivr.nodes.play import Play
from ivr.nodes.queue import Queue
from ivr.nodes.setting import Setting
from ivr.nodes.when_free import WhenFree

KINDS: tuple[type[Node], ...] = (
    *(Play, Menu, Hours, Dial, Group, Queue, Mailbox, Conference, Park, WhenFree, Setting, Agent, Hangup),
    CallBack,
)

BY_NAME: dict[str, type[Node]] = {str(kind.model_fields["kind"].default): kind for kind in KINDS}
