"""Every route, everybody who might call it, and every personal word that they must not see."""
