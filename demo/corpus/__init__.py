"""Words, people and scenarios of the demo, one folder a language; pure Python, no Django."""
