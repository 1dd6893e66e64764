"""A plugin that misbehaves in every way we know, at every hook: the portal goes on.

Under SOAK=1 every pair of hook and fault meets every page; otherwise each pair meets one of them.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import clock
from portal.app import Portal
from portal.courses.models import Term
from portal.db import db, unit_of_work
from portal.plugin_api import SYSTEM, Job, Veto
from portal.plugin_api.dispatch import ask_veto
from portal.plugin_api.testing import Lab, watched
from portal.plugin_host.boot import host_of
from portal.plugin_host.guard import TransactionLostError
from portal.plugin_host.schedule import run_job
from tests.factories.courses import make_course
from tests.plugins import make_plugin

SOAK = os.environ.get("SOAK") == "1"
PAGES = ("/", "/courses", "/courses/calm-days", "/me", "/me/contributions", "/search?q=calm")
# Where each gathering hook is asked; the rest are asked by no page yet and tried through the front door.
PAGE_OF = {
    "nav_items": "/",
    "dashboard_cards": "/me",
    "course_thread": "/courses/calm-days",
    "course_actions": "/courses/calm-days",
    "contributions": "/me/contributions",
    "search": "/search?q=calm",
}
# Those that are handed a session of the caller's, and so can be asked directly.
GATHERING = (
    *(hook for hook in PAGE_OF if hook != "nav_items"),
    "commitments",
    "indicators",
    "person_actions",
)
ARGUMENTS = {
    "nav_items": ("actor",),
    "dashboard_cards": ("session", "actor"),
    "course_thread": ("session", "course_id", "actor"),
    "course_actions": ("session", "course_id", "runs", "actor"),
    "person_actions": ("session", "person_id", "actor"),
    "contributions": ("session", "person_id", "actor"),
    "search": ("session", "query", "actor"),
    "commitments": ("session", "person_id", "start", "end"),
    "indicators": ("session", "start", "end"),
    "veto": ("session", "action", "actor", "subject"),
}
Fault = Callable[[Session], Any]


def raises(session: Session) -> Any:
    raise RuntimeError("boom")


def answers_wrongly(session: Session) -> Any:
    return [object()]


def answers_no_list(session: Session) -> Any:
    return 42


def leaves_a_dirty_session(session: Session) -> Any:
    session.add(
        Term(slug="stray", name="Stray", starts_on=date(2027, 1, 4), ends_on=date(2027, 4, 1))
    )
    return []


def poisons_the_transaction(session: Session) -> Any:
    with contextlib.suppress(sa.exc.DBAPIError):  # its own bug: it goes on as if nothing happened
        session.execute(sa.text("SELECT * FROM nowhere"))
    return []


def fails_half_way_through_a_generator(session: Session) -> Any:
    def items() -> Iterator[Any]:
        session.execute(sa.text("SELECT 1"))
        raise RuntimeError("boom")
        yield

    return items()


def ends_the_transaction(session: Session) -> Any:
    session.rollback()
    raise RuntimeError("boom")


FAULTS: tuple[Fault, ...] = (
    raises,
    answers_wrongly,
    answers_no_list,
    leaves_a_dirty_session,
    poisons_the_transaction,
    fails_half_way_through_a_generator,
    ends_the_transaction,
)


def harmless(app: Portal, fault: Fault, mode: str = "read") -> bool:
    """Whether going on after it is no fault: a failed statement undoes itself alone on SQLite, and
    everywhere while reading; in a writing unit a hook may add rows, which stand in its savepoint.
    """
    if fault is leaves_a_dirty_session:
        return mode == "write"
    alone = mode == "read" or "sqlite" in app.settings.sqlalchemy_url
    return fault is poisons_the_transaction and alone


class Saboteur:
    """A plugin whose hooks all do nothing, until one is told to misbehave."""

    def __init__(self) -> None:
        self.hook = ""
        self.fault: Fault = raises
        self.times = 0
        self.plugin = make_plugin("saboteur", **{name: self._make(name) for name in ARGUMENTS})

    def _make(self, hook: str) -> Any:
        def implementation(values: dict[str, Any]) -> Any:
            if self.hook != hook:
                return None
            self.times += 1
            return self.fault(values.get("session") or db.session)

        # pluggy reads an implementation's own argument names, so each hook gets its signature.
        source = f"lambda {', '.join(ARGUMENTS[hook])}: call(dict(locals()))"
        return eval(source, {"call": implementation})  # built from the table above


SABOTEUR = Saboteur()


@pytest.fixture
def app(request: pytest.FixtureRequest, portal_lab: Lab, engine_name: str) -> Iterator[Portal]:
    SABOTEUR.hook, SABOTEUR.times = "", 0
    yield from watched(request, portal_lab.app(engine_name, [SABOTEUR.plugin]))
    SABOTEUR.hook = ""


@pytest.fixture
def portal_app(app: Portal) -> Portal:
    return app


@pytest.fixture
def member(app: Portal, portal_sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    with app.app_context(), unit_of_work() as session:
        make_course(session, slug="calm-days", title="Calm days")
    return portal_sign_in("student")


@pytest.mark.soak
@pytest.mark.plugin_faults
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("hook", tuple(PAGE_OF))
def test_core_pages_answer_when_a_hook_misbehaves(
    app: Portal, member: FlaskClient, hook: str, fault: Fault
) -> None:
    SABOTEUR.hook, SABOTEUR.fault = hook, fault

    for page in PAGES if SOAK else (PAGE_OF[hook],):
        assert member.get(page).status_code == 200, page

    assert SABOTEUR.times > 0
    faults = {(one.plugin, one.hook) for one in host_of(app).registry.faults}
    assert faults == (set() if harmless(app, fault) else {("saboteur", hook)})


@pytest.mark.plugin_faults
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("mode", ["read", "write"])
@pytest.mark.parametrize("hook", GATHERING)
def test_gathering_says_whose_part_is_missing(
    app: Portal, hook: str, mode: Any, fault: Fault
) -> None:
    SABOTEUR.hook, SABOTEUR.fault = hook, fault
    fatal = mode == "write" and fault is ends_the_transaction
    answers = None
    with app.test_request_context(), expected_to_fail(fatal), unit_of_work(mode) as session:
        if mode == "write":
            session.add(
                Term(slug="ours", name="Ours", starts_on=date(2027, 1, 4), ends_on=date(2027, 4, 1))
            )
        answers = gather(app, session, hook)
        assert session.scalar(sa.text("SELECT 1")) == 1

    with app.app_context(), unit_of_work("read") as session:
        kept = session.scalars(sa.select(Term.slug).where(Term.slug == "ours")).all()
    # What the core had written survives the plugin, or the whole unit fails: never half of it.
    assert kept == (["ours"] if mode == "write" and not fatal else [])
    assert [one.hook for one in host_of(app).registry.faults][-1:] == (
        [] if harmless(app, fault, mode) else [hook]
    )
    if not fatal:
        assert answers is not None
        assert answers.missing == (() if harmless(app, fault, mode) else ("saboteur",))


def expected_to_fail(fatal: bool) -> Any:
    return pytest.raises(TransactionLostError) if fatal else contextlib.nullcontext()


def gather(app: Portal, session: Session, hook: str) -> Any:
    now = clock.now()
    arguments = {
        "actor": SYSTEM,
        "course_id": 1,
        "runs": (),
        "person_id": 1,
        "query": "calm",
        "start": now,
        "end": now,
    }
    wanted = {name: arguments[name] for name in ARGUMENTS[hook] if name != "session"}
    return host_of(app).gather(hook, session, **wanted)


@pytest.mark.plugin_faults
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("mode", ["read", "write"])
def test_veto_that_fails_refuses(app: Portal, mode: Any, fault: Fault) -> None:
    SABOTEUR.hook, SABOTEUR.fault = "veto", fault

    with app.app_context(), unit_of_work(mode) as session:
        # What veto answers means nothing: only raising counts.
        answers = {answers_wrongly, answers_no_list, fails_half_way_through_a_generator}
        if fault in answers or harmless(app, fault, mode):
            ask_veto(session, "courses:run:cancel", SYSTEM, 1)
            return
        lost = mode == "write" and fault is ends_the_transaction
        with pytest.raises(TransactionLostError if lost else Veto):
            ask_veto(session, "courses:run:cancel", SYSTEM, 1)


@pytest.mark.plugin_faults
def test_hook_that_commits_keeps_nothing_that_is_half_done(app: Portal) -> None:
    def commits(session: Session) -> Any:
        with session.begin_nested():  # its own savepoint is its own business
            session.execute(sa.text("SELECT 1"))
        session.commit()
        return []

    SABOTEUR.hook, SABOTEUR.fault = "veto", commits

    with app.app_context(), unit_of_work() as session:
        leaves_a_dirty_session(session)
        session.flush()
        with pytest.raises(Veto):
            ask_veto(session, "courses:run:cancel", SYSTEM, 1)
        assert session.scalars(sa.select(Term.slug)).all() == ["stray"]
        session.rollback()
    with app.app_context(), unit_of_work("read") as session:
        assert session.scalars(sa.select(Term.slug)).all() == []


def test_veto_with_a_reason_reaches_the_person(app: Portal) -> None:
    def refuse(session: Session) -> None:
        raise Veto("The board has not met yet.")

    SABOTEUR.hook, SABOTEUR.fault = "veto", refuse

    with app.app_context(), unit_of_work() as session, pytest.raises(Veto, match="board"):
        ask_veto(session, "courses:run:cancel", SYSTEM, 1)


@pytest.mark.plugin_faults
@pytest.mark.parametrize("kind", ["raises", "hangs", "poisons", "writes and hangs"])
def test_job_that_misbehaves_leaves_pages_and_data_alone(
    portal_lab: Lab, engine_name: str, request: pytest.FixtureRequest, kind: str
) -> None:
    let_go = threading.Event()
    started = threading.Event()

    def work(session: Session) -> None:
        if "writes" in kind:
            leaves_a_dirty_session(session)
            session.flush()
        started.set()
        if "hangs" in kind:
            let_go.wait(30)
        elif kind == "raises":
            raise RuntimeError("boom")
        else:
            poisons_the_transaction(session)
            session.execute(sa.text("SELECT * FROM nowhere"))

    job = Job("work", every=timedelta(minutes=5), run=work, timeout=timedelta(seconds=0.2))
    app = portal_lab.app(engine_name, [make_plugin("saboteur", jobs=lambda: [job])])
    registry = host_of(app).registry
    registry.faults.clear()
    try:
        with app.app_context():
            assert run_job(app, registry, "saboteur:work") is False
        assert started.is_set()
        client = app.test_client()
        assert [client.get(page).status_code for page in ("/", "/courses")] == [200, 200]
        assert [fault.hook for fault in registry.faults] == ["job saboteur:work"]
        with app.app_context(), unit_of_work("read") as session:
            assert session.scalars(sa.select(Term.slug)).all() == []
            # A second run is kept away only while the first may still be alive.
        with app.app_context():
            due_again = run_job(app, registry, "saboteur:work") if "hangs" in kind else False
        assert due_again is False
    finally:
        let_go.set()
        registry.faults.clear()
