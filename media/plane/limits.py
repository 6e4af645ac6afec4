"""Every limit of the media plane, in one place. Sizes that the packet loop shares with Python are in records.py."""

from __future__ import annotations

legs_max = 4096
name_length_max = 128
path_length_max = 1024
line_size_bytes_max = 65536
playlist_max = 32
digits_max = 32
key_length_max = 64
ptimes_ms = (10, 20, 30, 40, 60)
clients_max = 8
claims_max = 256  # legs in one request
kept_ports_max = 64  # in one request
linger_s_max = 60.0
outgoing_size_bytes_max = 8 * 1024 * 1024
sound_seconds_max = 600
gain_db_min, gain_db_max = -60.0, 12.0
arena_size_bytes = 256 * 1024 * 1024
record_seconds_max = 4 * 3600
recordings_max = 2048
message_seconds_max = 900  # a longer voicemail is not made louder, nor cut at its beginning
statistics_period_s = 5.0
answer_timeout_s = 5.0
busy_percent_max = 75.0
looks_without_beat_max = 3
