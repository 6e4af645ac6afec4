"""The parts of the services process over a test's world, with servers of others that a test scripts."""

from __future__ import annotations

from typing import Any

from mgmt.mail.post import Post
from mgmt.outbox.box import Outbox
from mgmt.outbox.delivery import Delivery
from mgmt.services.outbox import CHANNELS
from mgmt.services.parts import Parts
from mgmt.services.prompts import Prompts
from mgmt.services.transcripts import open_queue as open_transcripts
from mgmt.services.voicemail import open_queue
from mgmt.sms.news import News
from quality.opinion.estimate import Judge
from softswitch.probe.caller import Heard
from tests.mgmt.conftest import World


def parts_of(world: World) -> Parts:
    """What services may use; parts that need a spool or a far store are not there."""
    context = world.context
    nothing: Any = None
    box = Outbox(context.history.shelves, context.clock, "here")
    return Parts(
        history=context.history,
        vault=context.vault,
        uploads=nothing,
        bus=context.bus,
        writer=nothing,
        analyses=context.analyses,
        judge=Judge(),
        listening_percent=100,
        eraser=context.eraser,
        config=context.config,
        directory=lambda: context.config.directory,
        sealer=context.sealer,
        web=world.outside,
        post=Post(None, "PBX <pbx@example.net>"),
        delivery=Delivery(box, {one.name: one for one in CHANNELS}, context.clock),
        relay=nothing,
        postman=nothing,
        push=nothing,
        news=News(context.bus, context.teller),
        messages=open_queue(context.settings.data_dir, context.clock, lambda text: None),
        transcripts=open_transcripts(context.settings.data_dir, context.clock, lambda text: None),
        prompts=Prompts(context.vault, context.clock),
        engine=None,
        links=context.links,
        control=context.control,
        calls_itself=lambda number, trunk, age_s: Heard(200, -20.0),
        test_phones=(),
        between=nothing,
        data=context.settings.data_dir,
        edition=context.settings.region,
        clock=context.clock,
    )
