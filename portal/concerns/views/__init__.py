"""The pages of this room, each of which no browser keeps."""

from portal.concerns.views import duty, mine, raising
from portal.concerns.views.blueprint import blueprint

__all__ = ["blueprint", "duty", "mine", "raising"]
