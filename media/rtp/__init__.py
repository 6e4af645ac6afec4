"""RTP without a socket (pure): what a packet is and what a stream of them means.

Read packet.py, latch.py (whose packets are heard), sequence.py and stats.py (loss, order, jitter), jitter.py (the play-out
buffer), dtmf.py (keys), sender.py (the outgoing stream), srtp.py and srtp_pair.py (protection), timeline.py (where audio lies in
a recording), bursts.py (RFC 3611), share.py (what else comes to the port), rtcp.py and rtcp_xr.py (reports), interval.py (when
they are due), address.py (one number for both families).
"""
