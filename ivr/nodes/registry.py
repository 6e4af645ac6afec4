"""All node kinds, one row each: adding a kind is adding a file and a row here."""

from __future__ import annotations

from ivr.nodes.agent import Agent
from ivr.nodes.answer import Answer
from ivr.nodes.base import Node
from ivr.nodes.call_back import CallBack
from ivr.nodes.caller import CallerMatch
from ivr.nodes.collect import Collect
from ivr.nodes.compare import Compare
from ivr.nodes.conference import Conference
from ivr.nodes.desk import Desk
from ivr.nodes.dial import Dial
from ivr.nodes.directory import Directory
from ivr.nodes.finish import Finish
from ivr.nodes.group import Group
from ivr.nodes.hangup import Hangup
from ivr.nodes.hours import Hours
from ivr.nodes.language import Language
from ivr.nodes.mailbox import Mailbox
from ivr.nodes.math import Math
from ivr.nodes.menu import Menu
from ivr.nodes.messages import Messages
from ivr.nodes.park import Park
from ivr.nodes.play import Play
from ivr.nodes.queue import Queue
from ivr.nodes.record import Record
from ivr.nodes.record_prompt import RecordPrompt
from ivr.nodes.request import Request
from ivr.nodes.say import Say
from ivr.nodes.schedule import Schedule
from ivr.nodes.set import Set
from ivr.nodes.setting import Setting
from ivr.nodes.sms import Sms
from ivr.nodes.split import Split
from ivr.nodes.subflow import Subflow
from ivr.nodes.survey import Survey
from ivr.nodes.tag import Tag
from ivr.nodes.transfer import Transfer
from ivr.nodes.wait import Wait
from ivr.nodes.webhook import Webhook
from ivr.nodes.when_free import WhenFree

KINDS: tuple[type[Node], ...] = (
    Answer,
    Play,
    Say,
    Language,
    Wait,
    Menu,
    Collect,
    Record,
    Survey,
    Hours,
    Schedule,
    CallerMatch,
    Compare,
    Split,
    Dial,
    Group,
    Queue,
    Directory,
    Transfer,
    Mailbox,
    Messages,
    Conference,
    Park,
    Desk,
    WhenFree,
    Set,
    Math,
    Request,
    Webhook,
    Sms,
    Setting,
    RecordPrompt,
    Agent,
    Tag,
    Subflow,
    Finish,
    Hangup,
    CallBack,
)

BY_NAME: dict[str, type[Node]] = {str(kind.model_fields["kind"].default): kind for kind in KINDS}
