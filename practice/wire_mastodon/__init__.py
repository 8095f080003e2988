"""The wire of a Mastodon instance, as docs.joinmastodon.org has it (read 2026-11), for what Mastodon.py asks of it."""
