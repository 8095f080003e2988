"""The scripted crowd: what people write, and the player who lets them."""
