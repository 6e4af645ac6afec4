"""The composition root of the switch: every part is made here and given what it needs; nothing is found by itself."""

from __future__ import annotations

import random
import secrets
import time
import uuid
from pathlib import Path
from typing import Any

from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from configdb.bus_nats import NatsBus
from configdb.client import ConfigClient
from configdb.log import Entry
from configdb.log_jetstream import JetStreamLog
from configdb.nats_link import NatsLink
from configdb.node import NodeSettings, Runtime, secret
from configdb.secrets import Sealer
from configdb.snapshot import Directory
from softswitch.adapters.door import Door
from softswitch.adapters.incoming import Admission, Incoming
from softswitch.adapters.locate import Locator
from softswitch.adapters.media import MediaPlane
from softswitch.adapters.operations import Operations
from softswitch.adapters.outgoing import Outgoing
from softswitch.adapters.records import HEARTBEAT_S, Records
from softswitch.adapters.registrar import Registrar
from softswitch.adapters.sounds import Sounds
from softswitch.adapters.switchboard import Switchboard
from softswitch.calls.desk import CallSettings
from softswitch.control import server as control
from softswitch.peers.guard import Guard
from softswitch.peers.phones import Phones
from softswitch.sip.digest import Nonces
from softswitch.transport.exchange import Exchange
from softswitch.transport.flows import Flows
from softswitch.transport.lookup import system_lookup
from softswitch.transport.resolver import Resolver
from softswitch.transport.tcp import TcpPort
from softswitch.transport.trace import Trace
from softswitch.transport.udp import UdpPort
from softswitch.transport.user_agent import Identity, UserAgent
