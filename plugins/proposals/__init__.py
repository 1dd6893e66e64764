"""Courses designed together: from somebody's idea to a course, and on to its next version.

The first plugin that comes with the portal. It uses the contract alone, so it can be read as an example.
"""
