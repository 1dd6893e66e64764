"""Courses by name, for roles that hold in one of them: registered by the room above that knows courses."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from flask import Flask, current_app
from sqlalchemy.orm import Session

EXTENSION = "portal_course_book"
NamesOfCourses = Callable[[Session, Collection[int]], Mapping[int, str]]
CoursesWithWords = Callable[[Session, str, int], Sequence[tuple[int, str]]]


@dataclass(frozen=True, slots=True)
class CourseBook:
    """`named` knows the titles of courses by their ids; `matching` finds (id, title) by words of the
    title, at most so many. Without courses nothing is found.
    """

    named: NamesOfCourses = lambda _session, _ids: {}
    matching: CoursesWithWords = lambda _session, _words, _most: ()


def register_course_book(app: Flask, named: NamesOfCourses, matching: CoursesWithWords) -> None:
    """Who is asked about courses."""
    app.extensions[EXTENSION] = CourseBook(named, matching)


def course_book() -> CourseBook:
    """The running app's."""
    book: CourseBook = current_app.extensions.get(EXTENSION, CourseBook())
    return book
