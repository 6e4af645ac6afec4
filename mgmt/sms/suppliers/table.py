"""All suppliers of text messages: one row each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mgmt.sms.suppliers.bandwidth import Bandwidth
from mgmt.sms.suppliers.generic import Generic
from mgmt.sms.suppliers.telnyx import Telnyx
from mgmt.sms.suppliers.twilio import Twilio
from mgmt.sms.suppliers.vitelity import Vitelity
from mgmt.sms.wire import Wire

WIRES: Mapping[str, Wire] = MappingProxyType(
    {
        "vitelity": Vitelity(),
        "telnyx": Telnyx(),
        "bandwidth": Bandwidth(),
        "twilio": Twilio(),
        "generic": Generic(),
    }
)
