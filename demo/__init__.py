"""The demo workspaces: a seeded generator of people and conversations, and what loads them."""
