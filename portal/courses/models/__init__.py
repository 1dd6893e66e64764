"""The tables of the room: courses, runs, sessions, venues and terms; handouts."""

from __future__ import annotations

from portal.courses.models.courses import (
    Assignment,
    CatalogueVersion,
    ChangeKind,
    Course,
    CourseChange,
    CourseSession,
    CourseState,
    Mode,
    PairWaiver,
    Perspective,
    Run,
    RunState,
    SentForm,
    SessionState,
    Term,
    Topic,
    Venue,
)
from portal.courses.models.materials import CourseMaterial

__all__ = [
    "Assignment",
    "CatalogueVersion",
    "ChangeKind",
    "Course",
    "CourseChange",
    "CourseMaterial",
    "CourseSession",
    "CourseState",
    "Mode",
    "PairWaiver",
    "Perspective",
    "Run",
    "RunState",
    "SentForm",
    "SessionState",
    "Term",
    "Topic",
    "Venue",
]
