"""What the room changes: plain functions with a session and an actor. They flush, and never commit."""
