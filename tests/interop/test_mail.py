"""E-mail by a real mail program to a whole node: under TLS, on disk when it is taken, in the inbox that people see."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage

from installer import demo_tenant
from tests.interop.node import Running, eventually

INBOX = f"{demo_tenant.TENANT}@in.pbx.test"


def test_a_mail_under_tls_is_work_in_the_inbox_and_nothing_is_relayed(node: Running) -> None:
    node.change(demo_tenant.TENANT, "mail_address", "inbox", {"id": "inbox", "name": "Inbox"})
    host, _, port = node.environment["SOFTSWITCH_MAIL_LISTEN"].rpartition(":")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ann <ann@[127.0.0.1].invalid>", INBOX, "An order"
    mail["Message-ID"] = "<order-1@shop.invalid>"
    mail.set_content("Two pizzas, please")
    mail.add_attachment(b"%PDF-1", maintype="application", subtype="pdf", filename="map.pdf")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with smtplib.SMTP(host, int(port), "client.invalid", timeout=60) as program:
        program.starttls(context=context)
        assert {} == program.send_message(mail, "ann@shop.invalid", [INBOX])
    with smtplib.SMTP(host, int(port), "client.invalid", timeout=60) as program:
        program.ehlo()
        program.mail("ann@shop.invalid")
        assert 550 == program.rcpt("somebody@elsewhere.invalid")[0]
    (found,) = eventually(
        lambda: node.api.get("/api/v1/activities", kind="email")["data"], what="the mail in the inbox"
    )
    assert ("An order", "Two pizzas, please", ["map.pdf", "mail.eml"]) == (
        found["title"],
        found["text"],
        [one["file"] for one in found["attachments"]],
    )
    node.api.request("PATCH", f"/api/v1/activities/{found['id']}", {"state": "resolved"})
