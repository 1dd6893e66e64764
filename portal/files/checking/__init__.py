"""Looking into a file, and writing it anew: in a process of its own that can do nothing else.

`running` starts the process and knows the portal; `child`, `images` and `documents` run in it and know
nothing but the file.
"""
