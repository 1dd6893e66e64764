"""The front door of the home room."""

from portal.home.demo import DemoRefusedError, PeopleHereError, seed_demo

__all__ = ["DemoRefusedError", "PeopleHereError", "seed_demo"]
