"""Making the demo workspaces: here in the database, there on the practice network."""
