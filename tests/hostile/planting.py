"""Puts payloads into every field that the core, or a bundled plugin, keeps.

The fields are found by walking the metadata, so a new column is met the day it comes. Those that are nobody's
words stand below, with the reason: code made them and reads them, and with a payload it would only break.
Those of a plugin say so themselves, with `no_words`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.app import Portal
from portal.db import db, metadata
from portal.plugin_api import RouteSample
from portal.plugin_api.models import NO_WORDS
from portal.plugin_api.testing import Lab
from portal.plugin_api.trials import let_rewrite
from portal.vault import Place, Vault, sealed_columns
from tests.hostile.payloads import TARGETS, fitting
from tests.matrix.samples import SAMPLES
from tests.plugins import bundled, samples_of

LONG = 3_500  # letters in a field without a limit: room for all
ROWS_APART = 11  # payloads between one row's first and the next one's
# What a link leads to, taken from people: one payload alone, as the whole address.
LINKS = {"course.source_url", "course_session.online_link"}
# Tables that no route's sample fills, and that are filled here.
FURNISHED = (
    "account_closing", "concern_step", "course_change", "debrief_note", "desk_try", "emergency_contact",
    "event_delivery", "job_run", "pair_waiver", "pathway_move", "pathway_step", "place_draft",
    "raised_hand", "retention_run", "session_plan", "session_visitor", "shareable_need",
)  # fmt: skip
# Where a row is of a person or of a guest with a name, samples have persons.
GUESTS = ("enrolment", "session_visitor", "wait_body")
TAKEN = {"pathway_step.stage": "checks"}  # by the schema, where it is not the first of its choices
NOT_WORDS: dict[str, str] = {
    "a hash, a key, a secret: random, compared, never shown": """
        agreement_code.code_hash attendance_change.key authenticator.secret calendar_feed.token_hash
        concern.once concern_step.once course_sent_form.key email_change.confirm_hash email_change.stop_hash
        erasure_ask.told erasure_note.fingerprint help_request.code_hash help_request.stop_hash
        login.fs_uniquifier login.password login_code.browser_hash login_code.code_hash login_code.link_hash
        login_session.token_hash recovery_code.code_hash stored_file.key stored_file.sha256
        """,
    "the chain of the record of actions: hashes of what stands in other columns": """
        audit_chain.hash audit_entry.content audit_entry.hash audit_entry.prev
        """,
    "a name that code gives and code reads": """
        audit_entry.kind audit_payload.subject_id audit_payload.subject_kind catalogue_version.id
        concern.uid concern_step.uid course_change.action course_session.uid course_session.zone
        debrief_note.uid desk_task.key desk_task.kind desk_task.state desk_try.outcome
        enrolment.ended_why erasure_note.uid event_delivery.handler event_delivery.state
        event_outbox.type event_outbox.uid job_run.lock job_run.name leading_change.action
        leading_change.key message.channel message.concerning message.key message.purpose message.state
        message.uid pathway_mark.step_key pathway_step.key person.display person.language
        place_draft.uid raised_hand.uid retention_run.key role_grant.role role_grant.scope
        setting_value.key shareable_need.uid stored_file.uid wait_entry.ended_why
        """,
    "a name in addresses, which routes take apart": """
        course.slug course_sent_form.location desk_task.link run.reference term.slug topic.slug venue.slug
        """,
    "made of letters and figures alone, from words that are met where they stand": """
        course.import_key course_word.word run.import_key
        """,
    "a message as it goes out, made whole before; what words do in it is tried in test_formats.py": """
        message.html
        """,
    "values by name, of types that code reads": """
        audit_payload.details course.imported desk_task.about erasure_note.counts event_outbox.payload
        facilitator.topics facilitator.weekly message.about pathway_move.passed record_request.approved
        setting_value.value
        """,
}
ROWID = sa.literal_column("rowid")
Field = tuple[sa.Column[Any], int]  # with the number of the payload that it begins with
LEFT_OUT = {name for names in NOT_WORDS.values() for name in names.split()}
# For machines, or to take home: test_formats.py sees to these. Whatever else is asked for is a page.
FOR_MACHINES = frozenset(
    {
        "accounts.ask_for_new_passkey",
        "accounts.ask_for_own_passkey",
        "accounts.ask_for_passkey",
        "accounts.still_here",
        "claims.batch_file",
        "claims.desk_file",
        "claims.receipt_file",
        "claims.statement_csv",
        "claims.statement_pdf",
        "courses.course_calendar",
        "courses.course_data",
        "courses.feed",
        "courses.run_calendar",
        "courses.session_calendar",
        "courses.sitemap",
        "courses_manage.material_file",
        "enrolment.calendar_feed",
        "enrolment.my_handout",
        "enrolment.register_handout",
        "enrolment.register_worker",
        "facilitators.reference_pdf",
        "home.contributions_pdf",
        "home.robots",
        "plugin_host.healthz",
        "plugin_host.readyz",
    }
)
CORE = "core"
# How every route of the core, and of each bundled plugin, is called.
BRANCHES: Mapping[str, Sequence[RouteSample]] = {
    CORE: SAMPLES,
    **{plugin: samples_of(plugin) for plugin in bundled()},
}


def college_of(lab: Lab, branch: str) -> Portal:
    """A portal whose database is as empty as on the first day."""
    return lab.app("sqlite", [] if branch == CORE else [(branch, None)])


def present_of(connection: sa.Connection, branch: str) -> set[str]:
    """The tables of the core, or of a plugin, that are there."""
    there = set(sa.inspect(connection).get_table_names())
    ours = metadata.tables.values()
    return {one.name for one in ours if one.info.get("branch", CORE) == branch} & there


def columns(present: set[str]) -> list[sa.Column[Any]]:
    """Every column of words of these tables, but for those that are sealed."""
    return [
        column
        for table in metadata.sorted_tables
        if table.name in present
        for column in table.columns
        if isinstance(column.type, sa.String | sa.JSON)
        and not isinstance(column.type, sa.Enum)
        and not column.foreign_keys
        and not column.primary_key
        and NO_WORDS not in column.info
        and str(column) not in LEFT_OUT
    ]


def furnish(app: Portal, person_id: int, branch: str = CORE) -> None:
    """A row in each of the tables that no sample fills, about this person where it is about somebody.

    Its values are the simplest that the schema takes. There is none where it would belong to nothing.
    """
    with app.app_context(), db.engine.begin() as connection:
        empty = FURNISHED if branch == CORE else sorted(present_of(connection, branch))
        for name in empty:
            table = metadata.tables[name]
            if not connection.scalar(sa.select(sa.func.count()).select_from(table)):
                _insert(connection, table, _row(connection, table, person_id))
        for name in GUESTS if branch == CORE else ():
            table = metadata.tables[name]
            found = connection.execute(sa.select(table).limit(1)).mappings().first()
            row = dict(found) if found else _row(connection, table, person_id)
            row.pop("id", None)
            _insert(connection, table, row | {"person_id": None, "guest_name": "sample"})


def _row(connection: sa.Connection, table: sa.Table, person_id: int) -> dict[str, Any]:
    return {
        column.name: TAKEN.get(str(column)) or _simplest(connection, column, person_id)
        for column in table.columns
        if not (column.primary_key and column.autoincrement is True)
        and column.default is None
        and (not column.nullable or column.foreign_keys or column.info)
    }


def _insert(connection: sa.Connection, table: sa.Table, row: dict[str, Any]) -> None:
    try:
        with connection.begin_nested():
            connection.execute(sa.insert(table).values(row))
    except IntegrityError:
        return


def _simplest(connection: sa.Connection, column: sa.Column[Any], person_id: int) -> Any:
    for key in column.foreign_keys:
        if key.column.table.name == "person":
            return person_id or None
        parents = sa.select(key.column).order_by(key.column.desc()).limit(1)
        return connection.scalar(parents)
    kind = column.type
    if isinstance(kind, sa.Enum):
        return next(iter(kind.enum_class or kind.enums))
    simple: list[tuple[type[Any], Any]] = [
        (sa.String, f"sample-{column.name}"[: getattr(kind, "length", None) or LONG]),
        (sa.Boolean, False),
        (sa.Integer, 1),
        (sa.LargeBinary, b"sealed below"),
        (sa.JSON, {}),
        (sa.Date, clock.now().date()),
    ]
    return next((value for one, value in simple if isinstance(kind, one)), clock.now())


def plant(app: Portal, start: int, branch: str = CORE, *, but: Collection[str] = ()) -> set[str]:
    """Fill every field of every row that is there, from this payload on, `but` these. Returns the fields by
    name.
    """
    with app.app_context(), db.engine.begin() as connection:
        present = present_of(connection, branch)
        let_rewrite(connection)
        filled = _plant_sealed(app, connection, present, start)
        of_tables: dict[str, list[Field]] = {}
        for at, column in enumerate(columns(present)):
            if str(column) not in but:
                of_tables.setdefault(column.table.name, []).append((column, start + 3 * at))
        for name, fields in of_tables.items():
            filled |= _plant_table(connection, metadata.tables[name], fields)
    return filled


def _plant_table(connection: sa.Connection, table: sa.Table, fields: list[Field]) -> set[str]:
    """A row at once; where the schema does not take all of it, one field after the other."""
    asked = sa.select(ROWID, *(column for column, _start in fields)).select_from(table)
    filled: set[str] = set()
    for row, *values in connection.execute(asked).all():
        words = {}
        for (column, start), value in zip(fields, values, strict=True):
            fitted: Any = _words(column, start + ROWS_APART * row, str(row))
            words[column] = _replaced(value, fitted) if isinstance(column.type, sa.JSON) else fitted
        if _put(connection, table, row, words):
            filled |= set(map(str, words))
            continue
        for column, one in words.items():
            if any(_put(connection, table, row, {column: spelt}) for spelt in _spellings(one)):
                filled.add(str(column))
    return filled


def _spellings(words: Any) -> list[Any]:
    """As they are, else as an address is kept: in small letters."""
    return [words, words.lower()] if isinstance(words, str) else [words]


def _put(
    connection: sa.Connection, table: sa.Table, row: int, words: Mapping[sa.Column[Any], Any]
) -> bool:
    """False where the schema lets no words into this row: somebody with a record is no guest."""
    values = {column.name: one for column, one in words.items()}
    try:
        with connection.begin_nested():
            connection.execute(sa.update(table).where(row == ROWID).values(values))
    except IntegrityError:
        return False
    return True


def room_of(column: sa.Column[Any]) -> int:
    """How many letters it takes: `LONG` where there is no limit."""
    return getattr(column.type, "length", None) or LONG


def _words(column: sa.Column[Any], start: int, apart: str) -> str:
    """The payloads that fit; `apart` makes it another value in each row, where the column wants that."""
    if str(column) in LINKS:
        return TARGETS[start % len(TARGETS)]
    return fitting(room_of(column) - len(apart) - 1, start)[0] + apart


def _replaced(value: Any, words: str) -> Any:
    """A stored value with payloads in the place of its words; the names of its parts stay."""
    if isinstance(value, str):
        return words if " " in value or value != value.lower() else value
    if isinstance(value, dict):
        return {name: _replaced(part, words) for name, part in value.items()}
    if isinstance(value, list):
        return [_replaced(part, words) for part in value]
    return value


def _plant_sealed(
    app: Portal, connection: sa.Connection, present: set[str], start: int
) -> set[str]:
    vault = Vault(app.settings)
    filled = set()
    for column, row in sealed_columns(metadata):
        if column.table.name not in present or str(column) in LEFT_OUT:
            continue
        for at, name in enumerate(connection.scalars(sa.select(row)).all()):
            place = Place(column.table.name, column.name, str(name))
            sealed = vault.seal(place, fitting(LONG, start + ROWS_APART * at)[0])
            change = sa.update(column.table).where(row == name).values({column.name: sealed})
            connection.execute(change)
            filled.add(str(column))
    return filled
