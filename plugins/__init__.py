"""Plugins that come with the portal. Each is found through its entry point, like a stranger's."""
