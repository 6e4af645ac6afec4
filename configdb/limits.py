"""Every limit of this package, in one place; sizes in bytes, times in seconds."""

token_bytes_max = 255  # one escaped part of a key or a subject, before escaping
changes_max = 10_000  # objects in one transaction
entry_bytes_max = 900_000  # one transaction on the wire; nats-server takes 1 MiB with headers
reason_chars_max = 500
document_depth_max = 32
history_page_max = 10_000  # entries that one read of the history gives
inbox_max = 10_000  # entries that wait to be applied
apply_batch_max = 500  # entries in one synchronous write
bus_queue_max = 10_000  # documents that wait for one subscriber, or for the network
bus_document_bytes_max = 256_000
connect_wait_s_max = 1.0  # how long a write waits for a log that is away before it is refused
answer_wait_s_max = 2.0  # how long one question to the log may take before it is asked again
watchdog_s = 0.5  # how often a follower compares itself with the log
reopen_wait_s_max = 5.0  # longest pause between attempts to open a store that failed
reconnect_wait_s = 0.2  # between attempts to reach NATS
read_batch_max = 500  # entries in one read of the log
store_wait_s_max = 0.25  # how long a follower asks again for an entry it heard of
quorum_silence_s_max = 3.0  # a server of the log that was not heard for so long does not count
settle_wait_s_max = 1.5  # how long one attempt of a write may take before it is asked again under the same message id
report_s = 2.0  # how often a replica says how far it is when nothing happens
report_age_s_max = 7.0  # a process that was not heard for so long does not hold up receipts
node_age_s_max = 60.0  # a node that was not heard for so long is no part of the cluster, unless it is configured
receipt_wait_s_max = 1.0  # how long an answer waits for the other nodes
snapshot_piece_bytes = 512_000  # of a snapshot of the log in one message
snapshot_wait_s_max = 60.0  # how long a snapshot may take to be kept or read
prune_batch_max = 2000  # rows in one write while history is pruned
