"""The benchmark: what Rabta costs, as ratios to raw Postgres and raw pub/sub of the same run (docs/speed.md)."""
