"""The wire of a Bluesky server with its AppView behind it, as the lexicons of com.atproto and app.bsky have it (read 2026-11), for
what atproto's client asks of it."""
