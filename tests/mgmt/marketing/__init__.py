"""Marketing Sync."""
