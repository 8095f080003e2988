"""Who a person is, which workspaces they belong to and what they may do there. It knows nothing of channels."""
