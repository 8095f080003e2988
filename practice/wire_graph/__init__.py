"""The wire of Meta's Graph, as developers.facebook.com has it (read 2026-11), for what facebook-sdk asks of it."""
