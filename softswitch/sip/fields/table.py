"""Every header that has a typed value: its name, whether it is a comma list, its parser (RFC 3261 20 and extensions)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from softswitch.sip.address import parse_address, parse_contact
from softswitch.sip.fields.authentication import parse_authentication, parse_authentication_info
from softswitch.sip.fields.content import parse_content_disposition, parse_media_type, parse_preference
from softswitch.sip.fields.dialogs import parse_join, parse_replaces, parse_target_dialog
from softswitch.sip.fields.diversion import parse_diversion, parse_history_info
from softswitch.sip.fields.events import parse_event, parse_subscription_state
from softswitch.sip.fields.identity import parse_asserted_identity, parse_identity, parse_privacy
from softswitch.sip.fields.item import parse_count, parse_item, parse_reference, parse_text, parse_token
from softswitch.sip.fields.location import parse_geolocation_error, parse_geolocation_routing
from softswitch.sip.fields.outbound import parse_flow_timer
from softswitch.sip.fields.preferences import parse_contact_predicate
from softswitch.sip.fields.priority import parse_resource_priority
from softswitch.sip.fields.reason import parse_reason, parse_warning
from softswitch.sip.fields.references import parse_call_id, parse_product
from softswitch.sip.fields.reliability import parse_rack, parse_rseq
from softswitch.sip.fields.session_timer import parse_min_se, parse_session_expires
from softswitch.sip.fields.times import parse_date, parse_retry_after, parse_timestamp
from softswitch.sip.fields.transfer import parse_refer_sub, parse_refer_to, parse_referred_by
from softswitch.sip.message import parse_cseq
from softswitch.sip.via import parse_via


@dataclass(frozen=True, slots=True)
class Field:
    """One header: `is_list` says that commas part its values; `parse` reads one of them, `str` prints it."""

    name: str
    is_list: bool
    parse: Callable[[str], object]


FIELDS = (
    Field("Accept", True, parse_media_type),
    Field("Accept-Contact", True, parse_contact_predicate),
    Field("Accept-Encoding", True, parse_preference),
    Field("Accept-Language", True, parse_preference),
    Field("Accept-Resource-Priority", True, parse_resource_priority),
    Field("Alert-Info", True, parse_reference),
    Field("Allow", True, parse_token),
    Field("Allow-Events", True, parse_item),
    Field("Authentication-Info", False, parse_authentication_info),
    Field("Authorization", False, parse_authentication),
    Field("Call-ID", False, parse_call_id),
    Field("Call-Info", True, parse_reference),
    Field("Contact", True, parse_contact),
    Field("Content-Disposition", False, parse_content_disposition),
    Field("Content-Encoding", True, parse_token),
    Field("Content-Language", True, parse_token),
    Field("Content-Length", False, parse_count),
    Field("Content-Type", False, parse_media_type),
    Field("CSeq", False, parse_cseq),
    Field("Date", False, parse_date),
    Field("Diversion", True, parse_diversion),
    Field("Error-Info", True, parse_reference),
    Field("Event", False, parse_event),
    Field("Expires", False, parse_count),
    Field("Flow-Timer", False, parse_flow_timer),
    Field("From", False, parse_address),
    Field("Geolocation", True, parse_reference),
    Field("Geolocation-Error", False, parse_geolocation_error),
    Field("Geolocation-Routing", False, parse_geolocation_routing),
    Field("History-Info", True, parse_history_info),
    Field("Identity", True, parse_identity),
    Field("In-Reply-To", True, parse_call_id),
    Field("Info-Package", False, parse_item),
    Field("Join", False, parse_join),
    Field("Max-Forwards", False, parse_count),
    Field("MIME-Version", False, parse_token),
    Field("Min-Expires", False, parse_count),
    Field("Min-SE", False, parse_min_se),
    Field("Organization", False, parse_text),
    Field("P-Asserted-Identity", True, parse_asserted_identity),
    Field("P-Preferred-Identity", True, parse_asserted_identity),
    Field("Path", True, parse_address),
    Field("Priority", False, parse_token),
    Field("Privacy", False, parse_privacy),
    Field("Proxy-Authenticate", False, parse_authentication),
    Field("Proxy-Authorization", False, parse_authentication),
    Field("Proxy-Require", True, parse_token),
    Field("RAck", False, parse_rack),
    Field("Reason", True, parse_reason),
    Field("Record-Route", True, parse_address),
    Field("Recv-Info", True, parse_item),
    Field("Refer-Sub", False, parse_refer_sub),
    Field("Refer-To", False, parse_refer_to),
    Field("Referred-By", False, parse_referred_by),
    Field("Reject-Contact", True, parse_contact_predicate),
    Field("Remote-Party-ID", True, parse_address),
    Field("Replaces", False, parse_replaces),
    Field("Reply-To", False, parse_address),
    Field("Request-Disposition", True, parse_token),
    Field("Require", True, parse_token),
    Field("Resource-Priority", True, parse_resource_priority),
    Field("Retry-After", False, parse_retry_after),
    Field("Route", True, parse_address),
    Field("RSeq", False, parse_rseq),
    Field("Server", False, parse_product),
    Field("Service-Route", True, parse_address),
    Field("Session-Expires", False, parse_session_expires),
    Field("SIP-ETag", False, parse_token),
    Field("SIP-If-Match", False, parse_token),
    Field("Subject", False, parse_text),
    Field("Subscription-State", False, parse_subscription_state),
    Field("Supported", True, parse_token),
    Field("Target-Dialog", False, parse_target_dialog),
    Field("Timestamp", False, parse_timestamp),
    Field("To", False, parse_address),
    Field("Unsupported", True, parse_token),
    Field("User-Agent", False, parse_product),
    Field("Via", True, parse_via),
    Field("Warning", True, parse_warning),
    Field("WWW-Authenticate", False, parse_authentication),
)
"""In the order of the alphabet. Authentication and identity headers may still occur several times: `read_each`."""
