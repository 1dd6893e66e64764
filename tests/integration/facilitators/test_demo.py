"""The demo college keeps the rules that it shows: whoever leads there may lead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import DemoPeople
from portal.accounts.demo import seed_people
from portal.courses.demo import seed_courses
from portal.courses.models import Assignment, CourseSession, Perspective
from portal.facilitators.demo import seed_facilitators
from portal.facilitators.demo.pathway import seed_pathway
from portal.facilitators.models import Facilitator, Stage
from portal.facilitators.queries.finding import off_record
from portal.facilitators.services.matching import rules_of
from portal.plugin_api.testing import ENGINES, Lab
from tests.factories.demo import College, engine_or_skip, looked_at, make_college

TODAY = datetime(2027, 3, 10, 12, tzinfo=UTC)


def _seed(session: Session) -> DemoPeople:
    people = seed_people(session)
    seed_courses(session, people, zone="Europe/London")
    seed_facilitators(session, people)
    seed_pathway(session, people)
    return people


@pytest.fixture(scope="module", params=ENGINES)
def college(request: pytest.FixtureRequest, portal_lab: Lab) -> College:
    """The college with who leads in it, made once for the tests that only look at it."""
    return make_college(portal_lab, engine_or_skip(request.param), "leading", TODAY, _seed)


@pytest.fixture
def session(college: College) -> Iterator[Session]:
    """Of the shared college."""
    with looked_at(college) as session:
        yield session


def test_nobody_leads_who_is_still_on_the_way(session: Session) -> None:
    stages = set(
        session.scalars(
            sa.select(Facilitator.stage)
            .join(Assignment, Assignment.person_id == Facilitator.person_id)
            .distinct()
        )
    )
    assert stages == {Stage.ACTIVE, Stage.RESTING}
    assert set(session.scalars(sa.select(Facilitator.stage))) >= {Stage.TRAINED, Stage.SHADOWING}


def test_whoever_leads_has_a_record_here(session: Session) -> None:
    at = TODAY
    assert off_record(session, rules_of(session).needs, at) == []


def test_whoever_brings_lived_experience_is_one_of_the_peers(
    session: Session, college: College
) -> None:
    lived = sa.select(Assignment.person_id).join(CourseSession)
    coming = lived.where(
        Assignment.perspective == Perspective.LIVED, CourseSession.starts_at > clock.now()
    )
    assert set(session.scalars(coming)) <= set(college.people.peers)
