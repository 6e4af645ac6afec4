"""Kamailio in front of the nodes: calls of one caller stay on one node, a node that does not answer OPTIONS gets none.

OPTIONS alone says so. A node that leaves an INVITE unanswered may have handed it to one that has just died, as all others do: who
took that for its death would have no node left.
"""

from __future__ import annotations

from installer.resources import Effect, File, Resource
from installer.site import Site

CONFIG, LIST = "/etc/kamailio/kamailio.cfg", "/etc/kamailio/dispatcher.list"

TEXT = """\
#!KAMAILIO
# Written by softswitch-install.
children=4
listen=udp:{host}:{port}
listen=tcp:{host}:{port}
enable_tls=no
log_stderror=no
server_signature=no

loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "sanity.so"
loadmodule "path.so"
loadmodule "dispatcher.so"

modparam("dispatcher", "list_file", "{list}")
modparam("dispatcher", "flags", 2)
modparam("dispatcher", "ds_ping_interval", 1)
modparam("dispatcher", "ds_probing_mode", 1)
modparam("dispatcher", "ds_probing_threshold", 2)
modparam("dispatcher", "ds_inactive_threshold", 2)
modparam("dispatcher", "xavp_dst", "_dsdst_")
modparam("tm", "fr_timer", 2000)
modparam("tm", "fr_inv_timer", 180000)
modparam("rr", "enable_full_lr", 1)

request_route {{
  if (!mf_process_maxfwd_header("70")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
  if (!sanity_check("1511", "7")) exit;
  if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
  if (has_totag()) {{
    if (loose_route()) {{ t_relay(); exit; }}
    if (is_method("ACK") && t_check_trans()) {{ t_relay(); exit; }}
    if (!is_method("ACK")) {{ sl_send_reply("404", "Not Here"); }}
    exit;
  }}
  if (ds_is_from_list("1")) {{
    if (!loose_route()) record_route();
    t_relay();
    exit;
  }}
  t_check_trans();
  if (is_method("REGISTER")) add_path_received(); else record_route();
  if (!ds_select_dst("1", "0")) {{ send_reply("503", "Service Unavailable"); exit; }}
  t_on_failure("NEXT");
  t_relay();
}}

failure_route[NEXT] {{
  if (t_is_canceled()) exit;
  if (t_check_status("503") || (t_branch_timeout() && !t_branch_replied())) {{
    if (ds_next_dst()) {{ t_on_failure("NEXT"); t_relay(); exit; }}
  }}
}}
"""


def wanted(site: Site) -> tuple[Resource, ...]:
    """Script and list of nodes."""
    if not site.balancer.nodes:
        return ()
    listed = "".join(f"1 sip:{node} 0 0\n" for node in site.balancer.nodes)
    text = TEXT.format(host=site.public_address or site.listen, port=site.balancer.port, list=LIST)
    return (File(LIST, f"# Written by softswitch-install.\n{listed}"), File(CONFIG, text))


def effects(site: Site) -> tuple[Effect, ...]:
    """A changed list is read while calls go on; a changed script needs a new start."""
    if not site.balancer.nodes:
        return ()
    restart = ("systemctl", "restart", "kamailio.service")
    return (
        Effect("kamailio -c", ("kamailio", "-c", "-f", CONFIG), (f"file {CONFIG}",)),
        Effect("dispatcher reload", ("sh", "-c", "kamcmd dispatcher.reload || true"), (f"file {LIST}",)),
        Effect("kamailio restart", restart, (f"file {CONFIG}",), restart),
    )
