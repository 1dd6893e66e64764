"""State changes of the compartment."""
