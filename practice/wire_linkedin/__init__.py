"""LinkedIn's wire for pages, as learn.microsoft.com/linkedin/marketing has it (read 2026-11), for what Rabta asks of it."""
