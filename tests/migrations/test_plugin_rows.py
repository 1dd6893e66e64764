"""Rows of plugins that were there before a revision are right after it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from alembic import command

from plugins.proposals.models import Comment, CommentKind, Credit
from plugins.proposals.services import commenting, going_on, own_part
from plugins.proposals.states import Stage
from plugins.proposals.tests.making import College, actor
from portal import create_app, migrate
from portal.app import Portal
from portal.config import load_settings
from portal.db import db
from portal.plugin_api import now
from portal.plugin_api.testing import Lab


@pytest.fixture
def own_app(portal_lab: Lab, engine_name: str, tmp_path: Path) -> Iterator[Portal]:
    """With a database that no other test shares."""
    database = portal_lab.migrated(engine_name, tmp_path, f"portal_proposals_{id(tmp_path)}")
    settings = load_settings(
        environment="test",
        secret_key="a secret of the tests that is long enough",
        database_url=database.url,
        data_dir=tmp_path,
        plugins=["proposals"],
    )
    yield create_app(settings)
    database.drop()


def test_comments_keep_the_name_under_which_they_stood(own_app: Portal) -> None:
    with own_app.app_context():
        college = College(db.session)
        maker, guest = college.person(), college.person()
        row = college.open(maker, college.person())
        own_part.change_credit(
            db.session, actor(maker), row.id, Credit.PSEUDONYM, "Moon", news=False
        )
        for who in (maker, guest, college.person()):
            kind = CommentKind.COMMENT
            commenting.comment(db.session, actor(who), row.id, "idea", kind, "Words")
        last = sa.select(sa.func.max(Comment.id)).scalar_subquery()
        db.session.execute(sa.update(Comment).where(Comment.id == last).values(person_id=None))
        db.session.commit()
        db.engine.dispose()
    migrate._run(own_app, lambda config: command.downgrade(config, "proposals_0001"))
    migrate.upgrade(own_app)
    with own_app.app_context():
        rows = db.session.execute(
            sa.select(Comment.credit, Comment.pseudonym).order_by(Comment.id)
        ).all()

    assert [tuple(one) for one in rows] == [
        (Credit.PSEUDONYM, "Moon"),
        (Credit.NAME, ""),
        (Credit.NONE, ""),
    ]


def test_what_was_said_before_comments_were_invited_is_among_those_who_make_it(
    own_app: Portal,
) -> None:
    start = now()
    with own_app.app_context():
        college = College(db.session)
        maker = college.person()
        row = college.idea(maker, college.person())
        for hour, stage in enumerate((Stage.IDEA, Stage.DRAFTING, Stage.OPEN, Stage.REVIEW), 1):
            with time_machine.travel(start + timedelta(hours=hour), tick=False):
                if stage is not Stage.IDEA:
                    going_on.take_step(db.session, actor(maker), row.id)
                said = CommentKind.COMMENT
                commenting.comment(db.session, actor(maker), row.id, "idea", said, stage)
        db.session.commit()
        db.engine.dispose()
    migrate._run(own_app, lambda config: command.downgrade(config, "proposals@-1"))
    migrate.upgrade(own_app)
    with own_app.app_context():
        rows = db.session.execute(sa.select(Comment.words, Comment.among).order_by(Comment.id))

        assert [tuple(one) for one in rows] == [
            (Stage.IDEA, True),
            (Stage.DRAFTING, True),
            (Stage.OPEN, False),
            (Stage.REVIEW, False),
        ]
