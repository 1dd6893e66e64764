"""Two handouts of the demo college, drawn here: a page to fill in, and one to read."""

from __future__ import annotations

import io

import pikepdf
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.models import Course, CourseState
from portal.courses.services import materials
from portal.files.api import FileKind, sample_file
from portal.plugin_api import Actor

A4 = (595, 842)  # points
LEFT, TOP, LINE = 56, 770, 24
COURSES = 3  # that have them
DIARY = (
    "My week, day by day",
    (
        *(f"{day}   Went to bed:            Got up:            How I felt:" for day in
          ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")),
        "",
        "There are no right answers. Leave out what you like, and bring it or do not.",
    ),
)  # fmt: skip
SUMMARY = (
    "What we talked about",
    (
        "1. What we hope to take away, each of us.",
        "2. What has helped us before, and what has not.",
        "3. One small thing to try before next time.",
        "",
        "Questions? Ask at the next session, or call the college.",
    ),
)


def seed_handouts(session: Session, coordinator: Actor) -> None:
    """Give the first live courses a handout or two; flushes."""
    live = sa.select(Course.id).where(Course.state == CourseState.LIVE, ~Course.self_paced)
    for course_id in session.scalars(live.order_by(Course.title, Course.id).limit(COURSES)).all():
        for title, lines in (DIARY, SUMMARY):
            received = sample_file(session, FileKind.PDF, f"{title}.pdf", _page(title, lines), 1)
            materials.add(session, coordinator, course_id, title=title, received=received)


def _page(title: str, lines: tuple[str, ...]) -> bytes:
    """A PDF of one page with these words."""
    drawn = [f"BT /F1 22 Tf {LEFT} {TOP} Td ({title}) Tj ET"]
    drawn += [
        f"BT /F1 12 Tf {LEFT} {TOP - LINE * (number + 2)} Td ({line}) Tj ET"
        for number, line in enumerate(lines)
    ]
    with pikepdf.new() as document:
        page = document.add_blank_page(page_size=A4)
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.obj.Contents = document.make_stream("\n".join(drawn).encode("ascii"))
        document.docinfo["/Title"] = title
        file = io.BytesIO()
        document.save(file, deterministic_id=True)
    return file.getvalue()
