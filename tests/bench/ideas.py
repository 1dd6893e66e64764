"""Five thousand ideas for courses, and one that many wrote and spoke about: straight into the tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from markupsafe import escape

from tests.bench import college

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.app import Portal

IDEAS, ON_A_PAGE = 5_000, 20
PEOPLE = 200
VERSIONS, REMARKS = 50, 200  # of the one that is much written
THEN = datetime(2026, 1, 1, tzinfo=UTC)


def title_of(number: int) -> str:
    """The title of an idea; no two are the same."""
    subject = college.SUBJECTS[number % len(college.SUBJECTS)]
    return f"{subject} {college.WAYS[number % len(college.WAYS)]}, idea {number}"


def first_titles() -> list[str]:
    """The titles on the first page of the list, as HTML: the newest."""
    return [str(escape(title_of(number))) for number in range(IDEAS, IDEAS - ON_A_PAGE, -1)]


def fill(app: Portal) -> None:
    """Ideas at every stage, each of two people and with a version and a story."""
    from portal.db import db, unit_of_work

    with app.app_context():
        with unit_of_work() as session:
            people = _people(session)
            for first in range(1, IDEAS + 1, college.BATCH):
                _ideas(session, range(first, min(first + college.BATCH, IDEAS + 1)), people)
        college.gather_figures(app)
        db.engine.dispose()


def workspace(app: Portal, person_id: int) -> str:
    """The address of one idea that this person makes, with its versions and all that is said of it."""
    from plugins.proposals.models import Comment, Contributor, Proposal, Section, Version
    from portal.db import unit_of_work

    with app.app_context(), unit_of_work() as session:
        row = session.query(Proposal).filter_by(title=title_of(1)).one()
        row.stage, row.version = type(row.stage)("open"), VERSIONS
        part = Contributor(**_part(row.id, person_id, "subject"), agreed_at=THEN, joined_at=THEN)
        session.add(part)
        session.flush()
        session.execute(
            sa.insert(Section),
            [
                {"proposal_id": row.id, "key": key, "words": _words(n), "version": VERSIONS}
                for n, key in enumerate(("why", "who", "learning"))
            ],
        )
        session.execute(
            sa.insert(Version),
            [_version(row.id, number) for number in range(2, VERSIONS + 1)],
        )
        others = session.scalars(sa.select(Contributor.person_id).limit(PEOPLE)).all()
        session.execute(
            sa.insert(Comment),
            [
                {
                    "proposal_id": row.id,
                    "key": ("idea", "why", "who", "learning")[n % 4],
                    "kind": "comment",
                    "person_id": others[n % len(others)],
                    "words": f"Remark {n}: {_words(n)}",
                    "version": n % VERSIONS + 1,
                    "at": THEN + timedelta(hours=n),
                }
                for n in range(REMARKS)
            ],
        )
        return f"/proposals/{row.ref}"


def _people(session: Session) -> list[int]:
    from portal.accounts.api import create_person
    from portal.plugin_api import SYSTEM

    return [create_person(session, SYSTEM, name=f"Person {n}") for n in range(PEOPLE)]


def _ideas(session: Session, numbers: range, people: list[int]) -> None:
    from plugins.proposals.models import Contributor, Proposal, Section, Step, Version
    from plugins.proposals.states import Stage

    stages = list(Stage)
    session.execute(
        sa.insert(Proposal),
        [
            {
                "id": number,
                "ref": f"idea{number}",
                "title": title_of(number),
                "words": f"{title_of(number)} {_words(number)}".casefold(),
                "stage": stages[number % len(stages)],
                "started_at": THEN,
                "stage_since": THEN + timedelta(hours=number),
            }
            for number in numbers
        ],
    )
    session.execute(
        sa.insert(Contributor),
        [
            {
                **_part(number, people[(number + n) % len(people)], perspective),
                "agreed_at": THEN,
                "joined_at": THEN,
            }
            for number in numbers
            for n, perspective in enumerate(("lived", "subject"))
        ],
    )
    session.execute(
        sa.insert(Section),
        [{"proposal_id": number, "key": "idea", "words": _words(number)} for number in numbers],
    )
    session.execute(sa.insert(Version), [_version(number, 1) for number in numbers])
    session.execute(
        sa.insert(Step),
        [
            {"proposal_id": number, "stage": Stage.IDEA, "version": 1, "at": THEN}
            for number in numbers
        ],
    )
    if session.get_bind().dialect.name == "postgresql":
        session.execute(
            sa.text(
                "SELECT setval('proposals_proposal_id_seq', (SELECT max(id) FROM proposals_proposal))"
            )
        )


def _part(proposal_id: int, person_id: int, perspective: str) -> dict[str, Any]:
    return {
        "proposal_id": proposal_id,
        "person_id": person_id,
        "perspective": perspective,
        "credit": "name",
    }


def _version(proposal_id: int, number: int) -> dict[str, Any]:
    return {
        "proposal_id": proposal_id,
        "number": number,
        "digest": f"{proposal_id}-{number}",
        "texts": {"idea": _words(proposal_id + number)},
        "at": THEN + timedelta(minutes=number),
    }


def _words(number: int) -> str:
    parts = (college.WHO_FOR, college.WHAT, college.HOW)
    return " ".join(part[number % len(part)] for part in parts)
