"""Every limit of the management plane, in one place (units last in the names)."""

from __future__ import annotations

body_bytes_max = 1 << 20
body_drained_bytes_max = 8 << 20
json_depth_max = 64
page_items_max = 200
page_items_default = 50
cursor_chars_max = 512
password_chars_min = 12
password_chars_max = 256
email_chars_max = 254

session_age_s_max = 7 * 24 * 3600
session_idle_s_max = 24 * 3600
session_touch_s = 60
session_per_user_max = 20
one_time_token_age_s_max = 15 * 60

requests_per_s_max = 50
request_burst_max = 300
pace_askers_max = 20_000

hash_parallel_max = 2
hash_wait_s_max = 5.0
attempt_window_s = 15 * 60
attempt_per_account_address_max = 5
attempt_per_address_max = 30

idempotency_age_s_max = 24 * 3600
idempotency_key_chars_max = 128
idempotency_body_bytes_max = 256 * 1024

feed_page_events = 100
feed_types_max = 50
feed_look_s = 2.0
feed_queue_events_max = 256
feed_clients_max = 1_000
feed_clients_per_session_max = 12
feed_heartbeat_s = 15.0
feed_event_bytes_max = 256 * 1024

live_resync_s = 5.0
live_calls_max = 20_000
live_steps_max = 500

web_threads_max = 16
export_objects_max = 20_000
simulate_keys_max = 64
replayed_calls_max = 1_000
drop_off_calls_max = 5_000
flow_versions_max = 100
media_block_bytes = 64 * 1024
log_page_max = 200
service_lease_s = 30.0
service_retry_s_max = 60.0
service_text_chars_max = 500
analysis_tries_max = 3
analysis_batch_s = 20.0
analysis_call_s_max = 24 * 3600
backfill_media_max = 100_000
quality_calls_max = 5_000
quality_span_s_max = 400 * 24 * 3600
quality_worst_max = 20
tests_max = 100
test_checks_max = 50
test_text_chars_max = 400
peaks_columns = 800
peaks_whole_bytes_max = 32 << 20
note_chars_max = 10_000
flag_chars_max = 40
search_chars_max = 200
planner_s = 1.0
pruner_s = 3600.0
bundle_bytes_max = 64 << 20
link_age_s_max = 15 * 60
link_skew_s_max = 60
public_bytes_max = 1 << 20
public_name_chars_max = 64
reason_chars_max = 500
audit_page_items_max = 200
retention_shown_max = 10_000
export_page_items = 200
service_poll_s = 2.0
service_runs_shown_max = 200
service_runs_age_s_max = 7 * 24 * 3600
service_once_s_max = 600.0
outbox_claim_s = 120.0
outbox_wait_s_min = 2.0
outbox_wait_s_max = 900.0
outbox_said_chars_max = 300
outbox_orphan_s = 3600.0
outbox_page_max = 50
outbox_threads_max = 8
outbox_patience_s = 24 * 3600.0
outbox_counted_max = 10_000
breaker_failures_max = 5
breaker_open_s = 30.0
breaker_destinations_max = 1_000
buckets_max = 20_000
web_connect_s_max = 5.0
web_answer_s_max = 15.0
web_answer_bytes_max = 1 << 20
web_url_chars_max = 2_000

relay_events_max = 200
event_page_items_max = 200
webhook_answer_s_max = 8.0
webhook_shown_chars_max = 500
webhook_age_s_max = 3 * 86_400.0
webhook_refusals_max = 8
webhook_pause_s_min = 5.0
webhook_pause_s_max = 300.0
webhook_retry_s_max = 3600.0
webhook_parallel_max = 4
webhook_threads_max = 32
webhook_waiting_max = 200_000
webhook_intake_events = 200
webhook_look_s = 60.0
webhook_delivery_kept_s = 14 * 86_400.0
webhook_secret_overlap_s = 24 * 3600.0
webhook_replay_events_max = 10_000
webhook_tries_shown_max = 20
