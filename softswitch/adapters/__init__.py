"""How the switch reaches the other packages: one file per neighbour, effects are performed here and nowhere else.

Reading order: `sounds` (names to files), `media` (the media plane) over
`media_worker` (one process of it; `media_ties` join legs of two; `media_family`: IPv4 or IPv6;
`media_address`: what far ends are told behind NAT),
`records` (the durable spool), `live_feed` (who watches),
`quality` (scores of windows), `locate` (who can be rung where), `switchboard` (performs the effects of the live calls; each is a
`live_call`, `wreck` ends one that broke),
`incoming` (an INVITE is identified, admitted, routed) with `door` (passwords) and
`caller_leg` (what an INVITE says of who calls), `caller_names` (who it is, by the contacts),
`web_callers` (visitors of web sites), `trial_callers` (the node that tries a number) and
`gate` (what is worth parsing; `sources`, `strain` tell it), `last_resort` (emergency calls without any configuration),
`stir`, `shelf` and `fetch` (signatures of callers, their certificates, what is kept of them; `body` reads an answer),
`outgoing` (calls we make; `wake` for phones that sleep),
`transfers` (who may transfer what where),
`suspension` (accounts that are suspended while people talk),
`accounts` (passwords at carriers), `carriers` (gateways and registrations while nobody calls) over `asking` (OPTIONS, REGISTER),
`homer` (the trace to a capture server), `metrics` and `step_times` (Prometheus), `operations` (the control socket),
`network` (the SIP ports of the node's settings), `collector` (the memory of the process).
What phones ask besides calls: `front` (all of it, put together), `requests` (which method is served by whom), `registrar`
(REGISTER), `notifier` (SUBSCRIBE and NOTIFY; `watch` is one subscription, `pacer` gives turns), `packages` and `lamps` (what
can be watched), `unsolicited`, `publisher` (PUBLISH), `messages` (MESSAGE), `options`.
`state` keeps what a crash must not take, in one log: registrations, subscriptions, `queues` (who waits, agents, promised calls),
the calls themselves (`survivors`: after a crash those go on, by `resumption`, whose legs `media_claims` finds, others end;
`way_back` finds phones whose connection is gone).
Several nodes: `cluster` (this one among others; `roll` are those it knows, `far_flow` the flows of others), `copies` (which
row of kept state counts).
May import: everything below `softswitch`, and `ivr`, `media`, `configdb`, `history`, `quality`.
"""
