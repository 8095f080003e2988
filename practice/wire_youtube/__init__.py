"""The wire of YouTube's Data API v3, as developers.google.com/youtube/v3/docs has it (read 2026-11), as far as comments go."""
