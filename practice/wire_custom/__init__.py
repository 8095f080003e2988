"""A pretended system of a company's own: it speaks what docs/custom-channel.md of the product describes, and no vendor's wire."""
