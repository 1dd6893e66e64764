"""Every route whose address names a record: the record was there and is gone. Then so is the page."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from flask import url_for

from portal import clock
from portal.accounts.policies import GRANTABLE
from portal.accounts.testing import signed_in_client
from portal.app import Portal
from portal.db import db, metadata, unit_of_work
from portal.plugin_api import SYSTEM, RouteSample
from portal.plugin_api.testing import Lab
from portal.plugin_api.trials import rows_of
from portal.privacy.services.erasing import erase
from tests.matrix.access import GONE_ALREADY, PUBLIC
from tests.matrix.addresses import Route
from tests.matrix.samples import SAMPLES
from tests.matrix.test_access import call
from tests.plugins import bundled, samples_of

# What names a record in an address, and the column of the record that it stands for. Some names mean
# different records in different rooms.
RECORDS: Mapping[str, str] = {
    "agreement_id": "agreement.id",
    "appeal_id": "block_appeal.id",
    "ask_id": "lead_ask.id",
    "away_id": "facilitator_away.id",
    "block_id": "block.id",
    "course_id": "course.id",
    "enrolment_id": "enrolment.id",
    "erasure_id": "erasure_ask.id",
    "entry_id": "wait_entry.id",
    "grant_id": "role_grant.id",
    "interest_id": "opportunity_interest.id",
    "mark_id": "pathway_mark.id",
    "material_id": "course_material.id",
    "offer_id": "offer.id",
    "opportunity_id": "opportunity.id",
    "other_id": "person.id",
    "pair_id": "keep_apart.id",
    "passkey_id": "passkey.id",
    "person_id": "person.id",
    "reference": "run.reference",
    "reference_id": "reference.id",
    "request_id": "record_request.id",
    "route_id": "contact_route.id",
    "run_id": "run.id",
    "session_id": "course_session.id",
    "slot_id": "support_slot.id",
    "slug": "course.slug",
    "subject_id": "course.id",
    "task_id": "desk_task.id",
    "term_id": "term.id",
    "uid": "concern.uid",
    "venue_id": "venue.id",
}
ELSEWHERE: Mapping[tuple[str, str], str] = {
    ("accounts.confirm_help", "request_id"): "help_request.id",
    ("accounts.end_sign_in", "session_id"): "login_session.id",
    ("accounts.stop_help", "request_id"): "help_request.id",
    ("courses.prospectus_of", "slug"): "term.slug",
    ("courses.venue", "slug"): "venue.slug",
}
# Parts of an address that name no record of their own, and secrets in links: one that is used up leads to a
# page that says so, for whoever has it; tests of signing in look at those.
NO_RECORDS = frozenset(
    {"key", "kind", "link", "name", "number", "purpose", "role", "stage", "step", "token", "what"}
)
GONE, SEE_OTHER = frozenset({404, 410}), 303
# Whoever was erased leads nothing already: to take that away is done, as for all that is taken away twice.
DONE_ALREADY = GONE_ALREADY | {("courses_manage.remove_leader", "POST")}
SENT_ONCE = {"course_sent_form"}  # the key of a form that must have one effect


@dataclass(frozen=True, slots=True)
class Addresses:
    """What stands in the addresses of some pages, and which of these pages are public."""

    records: Mapping[str, str]
    elsewhere: Mapping[tuple[str, str], str]
    no_records: frozenset[str]
    public: frozenset[Route]

    def record_of(self, sample: RouteSample, name: str) -> str:
        """The column that finds the record which this part of the address names."""
        return self.elsewhere.get((sample.endpoint, name)) or self.records[name]

    def names_in(self, app: Portal, sample: RouteSample) -> list[str]:
        """The parts of the route's address that name records."""
        rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint == sample.endpoint]
        return sorted({name for rule in rules for name in rule.arguments} - self.no_records)


CORE = Addresses(RECORDS, ELSEWHERE, NO_RECORDS, frozenset(PUBLIC))


def gone(column: str, value: Any) -> None:
    """Delete the record with all that hangs on it; of a person, what erasing leaves is left."""
    if column == "person.id":
        with unit_of_work() as session:
            erase(session, SYSTEM, value, at=clock.now())
        return
    table = metadata.tables[column.partition(".")[0]]
    with db.engine.begin() as connection:
        triggers = sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for name in connection.scalars(triggers).all():  # append-only tables let go of nothing
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        there = set(sa.inspect(connection).get_table_names())
        found = connection.execute(
            sa.select(sa.literal_column("rowid")).where(table.c[column.partition(".")[2]] == value)
        )
        rows = list(found.scalars())
        assert rows, f"{column} {value!r} was never there"
        _delete(connection, table, rows, there)


def _delete(connection: sa.Connection, table: sa.Table, rows: list[int], there: set[str]) -> None:
    rowid = sa.literal_column("rowid")
    for other in metadata.tables.values():
        if other.name not in there:
            continue
        for column in other.columns:
            for key in column.foreign_keys:
                if key.column.table is not table or not rows:
                    continue
                parents = sa.select(key.column).where(
                    sa.literal_column(f'"{table.name}".rowid').in_(rows)
                )
                values = list(connection.scalars(parents))
                children = connection.scalars(
                    sa.select(rowid).select_from(other).where(column.in_(values))
                )
                hanging = list(children)
                if hanging:
                    _delete(connection, other, hanging, there)
    connection.execute(sa.delete(table).where(rowid.in_(rows)))


@pytest.mark.parametrize("room", sorted({sample.endpoint.partition(".")[0] for sample in SAMPLES}))
def test_a_record_that_was_deleted_is_a_404_and_nothing_changes(portal_lab: Lab, room: str) -> None:
    samples = [one for one in SAMPLES if one.endpoint.startswith(f"{room}.")]
    wrong = wrong_answers(lambda: portal_lab.app("sqlite", []), samples, CORE)

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("plugin", bundled())
def test_a_plugins_record_that_was_deleted_is_a_404_and_nothing_changes(
    portal_lab: Lab, plugin: str
) -> None:
    """What names a record there stands in its `tests/records.py`, written by people."""
    records = importlib.import_module(f"plugins.{plugin}.tests.records")
    access = importlib.import_module(f"plugins.{plugin}.tests.access")
    named = Addresses(
        records.RECORDS, records.ELSEWHERE, records.NO_RECORDS, frozenset(access.PUBLIC)
    )
    samples = samples_of(plugin)
    wrong = wrong_answers(lambda: portal_lab.app("sqlite", [(plugin, None)]), samples, named)

    assert not wrong, "\n".join(wrong)


def wrong_answers(
    fresh: Callable[[], Portal], samples: Collection[RouteSample], named: Addresses
) -> list[str]:
    """Each sample without each record that its address names, in a fresh college each time."""
    wrong = []
    for sample in samples:
        for name in named.names_in(fresh(), sample):
            answer = answer_without(fresh(), sample, name, named)
            if answer:
                wrong.append(f"{sample.method} {sample.endpoint} without its {name}: {answer}")
    return wrong


def answer_without(app: Portal, sample: RouteSample, name: str, named: Addresses) -> str:
    """What was wrong with the answer when that record is gone; empty when all was well."""
    if (sample.endpoint, sample.method) in named.public:
        client = app.test_client()
    else:
        client = signed_in_client(app, () if sample.arrange_own else GRANTABLE)
    with app.test_request_context():
        with unit_of_work() as session:
            own = sample.arrange_own
            person_id = getattr(client, "person_id", 0)
            values = own(session, person_id) if own else sample.arrange(session)
        address = url_for(sample.endpoint, **values)
        payload = sample.payload(values) if callable(sample.payload) else sample.payload
        gone(named.record_of(sample, name), values[name])
    client.get("/healthz")
    before = rows_of(app)
    answer = call(client, (sample.endpoint, sample.method), address, payload)
    after = rows_of(app)
    changed = sorted(name for name in before if before[name] != after[name])
    route = (sample.endpoint, sample.method)
    if route in DONE_ALREADY and answer.status_code == SEE_OTHER and SENT_ONCE.issuperset(changed):
        return ""
    if changed:
        return f"answered {answer.status_code} and changed {', '.join(changed)}"
    return "" if answer.status_code in GONE else f"answered {answer.status_code}"
