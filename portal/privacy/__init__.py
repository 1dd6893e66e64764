"""What the college keeps about people, and what they can do about it: see it, have it, take it back, erase
it.

The room knows no other room's tables. Whatever it shows, gives out or erases comes from the declarations of
the hook `privacy_sources`, so a plugin takes part the day it is installed.
"""
