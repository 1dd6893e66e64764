"""What somebody told a coordinator about when they can lead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.audit.models import AuditEntry, AuditPayload
from portal.facilitators.models import (
    Away,
    Facilitator,
    Stage,
)
from tests.factories.accounts import make_person
from tests.factories.facilitators import make_peer
from tests.integration.facilitators.test_between import hidden

DAY = date(2027, 2, 18)
SignIn = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def _in_context(now: object) -> None:
    """Each request has a context of its own, and reads what is true by then."""


class TestTold:
    """Whoever uses no screen tells a coordinator when they can: put down with how they said it."""

    def test_all_of_it_is_put_down_and_days_away_are_not_shown(
        self, session: Session, browse: SignIn
    ) -> None:
        boss, peer = browse("coordinator"), make_peer(session, weekly=[[0, "09:00", "12:00"]])
        session.add(Away(person_id=peer, first_day=DAY, last_day=DAY))
        session.commit()
        path = f"/manage/leading/people/{peer}/can"
        page = boss.get(path).text
        assert "Monday, 9am to midday" in page
        assert "18 February" not in page

        boss.post(
            path,
            data={
                **hidden(page),
                "most": "4",
                "any_time": "y",
                "weekday": "3",
                "since": "1pm",
                "until": "5pm",
                "first_day": ["1", "3", "2027"],
                "last_day": ["7", "3", "2027"],
                "how": "phone",
            },
        )

        record = session.get_one(Facilitator, peer, populate_existing=True)
        assert (record.max_a_week, record.weekly) == (4, [[3, "13:00", "17:00"]])
        days = sa.select(Away.first_day, Away.last_day).order_by(Away.first_day)
        assert [tuple(row) for row in session.execute(days)] == [
            (DAY, DAY),
            (date(2027, 3, 1), date(2027, 3, 7)),
        ]
        details = session.scalars(
            sa.select(AuditPayload.details)
            .join(AuditEntry)
            .where(AuditEntry.kind == "facilitators:person:availability")
        )
        assert details.all() == [{"how": "phone"}]

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ({"weekday": "3", "since": "1pm"}, "until-error"),
            ({"since": "1pm", "until": "2pm"}, "weekday-error"),
            ({"weekday": "3", "since": "2pm", "until": "1pm"}, "until-error"),
            ({"last_day": ["7", "3", "2027"]}, "first_day-error"),
            (
                {"first_day": ["7", "3", "2027"], "last_day": ["1", "3", "2027"]},
                "last_day-error",
            ),
        ],
    )
    def test_half_of_something_is_asked_for_and_nothing_is_kept(
        self, session: Session, browse: SignIn, typed: dict[str, object], said: str
    ) -> None:
        boss, peer = browse("coordinator"), make_peer(session)
        session.commit()
        path = f"/manage/leading/people/{peer}/can"
        data = {**hidden(boss.get(path).text), "most": "9", "how": "phone", **typed}
        answer = boss.post(path, data=data)
        assert answer.status_code == 422
        assert f'id="{said}"' in answer.text
        record = session.get_one(Facilitator, peer, populate_existing=True)
        assert (record.max_a_week, record.weekly) == (2, [])

    def test_of_whoever_does_not_lead_there_is_no_such_page(
        self, session: Session, browse: SignIn
    ) -> None:
        boss, gone = browse("coordinator"), make_peer(session, stage=Stage.LEFT)
        never = make_person(session).id
        session.commit()
        for person in (gone, never):
            assert boss.get(f"/manage/leading/people/{person}/can").status_code == 404
