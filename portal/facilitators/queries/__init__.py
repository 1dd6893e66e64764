"""What the room reads: plain values, a fixed number of queries."""
