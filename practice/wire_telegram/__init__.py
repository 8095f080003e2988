"""The wire of Telegram's Bot API, as core.telegram.org/bots/api has it (10.1, read 2026-11), for what a library asks of it."""
