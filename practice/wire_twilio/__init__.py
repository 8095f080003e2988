"""The wire of Twilio's REST API (twilio.com/docs/messaging/api and …/voice/api, read 2026-11), for what a library asks of it."""
