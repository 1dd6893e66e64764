"""Two records of one person become one: their part in ideas follows, and nobody counts twice."""

from __future__ import annotations
