"""State changes. Each reads a proposal under its lock, asks `states`, and writes back what came out."""
