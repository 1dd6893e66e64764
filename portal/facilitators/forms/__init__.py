"""What the pages of the room ask, and what the words mean."""
