"""What developers and CI run. Standard library only: nothing is installed when it starts."""
