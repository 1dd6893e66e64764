"""The front door of the home room."""

from portal.home.demo import DemoRefusedError, PeopleHereError, seed_demo
from portal.plugin_api.dispatch import DemoDataError

__all__ = ["DemoDataError", "DemoRefusedError", "PeopleHereError", "seed_demo"]
