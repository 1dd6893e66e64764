"""The portal of a recovery college: a small core that loads plugins."""
