"""Conversations and messages: the inbox. It contains no network's name."""
