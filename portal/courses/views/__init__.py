"""Pages of this room: `catalogue` and `feeds` for everybody, `manage` for those who plan."""
