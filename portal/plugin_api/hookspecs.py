"""Every hook a plugin may implement. This file is the contract; its docstrings are the reference.

Registration hooks run once, at boot, with an app context and no request. Request-time hooks run in the
request's own transaction, each implementation by itself inside the guard: what one plugin breaks is
undone and left out. Implement a hook by name with `@hookimpl`; take only the arguments you need.
"""

# The bodies are empty by design: pluggy reads only names and signatures.
from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import IO, TYPE_CHECKING, Any

import pluggy
from sqlalchemy.orm import Session

from portal.plugin_api.notices import DeskLine, NoticeKind, TaskKind
from portal.plugin_api.personal import ConsentKind, Look, PrivacySource
from portal.plugin_api.types import (
    Actor,
    Card,
    Check,
    Commitment,
    Contribution,
    CourseAction,
    Indicator,
    Job,
    Manifest,
    MigrationBranch,
    NavItem,
    Permission,
    PersonAction,
    RouteSample,
    RunBrief,
    SearchResult,
    Setting,
    ThreadEntry,
    TranslationFolder,
)

if TYPE_CHECKING:
    import click
    from flask import Blueprint

    from portal.plugin_api.events import Event

PROJECT = "recovery_portal"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


# --- registration hooks -----------------------------------------------------------------------------


@hookspec
def manifest() -> Manifest:
    """Who the plugin is. Called first; a plugin without one is refused by name.

    When it fails: fatal in development and tests; in production the plugin is quarantined.
    """


@hookspec
def blueprints() -> Sequence[Blueprint]:
    """Flask blueprints. The host forces the name (`<plugin>` or `<plugin>_<blueprint>`) and the prefix
    `/<plugin>`; templates live under `templates/<plugin>/`. Each route declares its access.

    When it fails, or a route lacks a rule: as `manifest`.
    """


@hookspec
def permissions() -> Sequence[Permission]:
    """Permissions the plugin asks about, keyed `<plugin>:thing:verb`, with the roles that get them.

    When it fails, or a key is taken: as `manifest`.
    """


@hookspec
def model_modules() -> Sequence[str]:
    """Names of the modules that define models, imported before mappers are configured.

    When importing fails, or a table lacks the prefix `<plugin>_`: as `manifest`.
    """


@hookspec
def event_types() -> Sequence[type[Event]]:
    """Event classes the plugin publishes, typed `<plugin>:name`.

    When it fails, or a type is taken: as `manifest`.
    """


@hookspec
def event_handlers() -> Sequence[tuple[type[Event], Any]]:
    """Pairs of an event class and `handler(session, event, context)`.

    The worker calls a handler after the commit, in a transaction of its own together with the mark
    that it was delivered. A handler that fails, or takes more than 10 seconds, is undone and tried again
    with growing pauses, then parked where an administrator sees it.
    """


@hookspec
def settings() -> Sequence[Setting]:
    """Settings that people may change at run time, with default, unit, help and who may change them.

    When it fails, or a key is taken: as `manifest`.
    """


@hookspec
def jobs() -> Sequence[Job]:
    """Repeated work. The worker runs a job in a transaction of its own, never twice at once.

    A job that fails or passes its timeout is rolled back, logged, shown on the health page, and run
    again when it is next due.
    """


@hookspec
def commands() -> Sequence[click.Command]:
    """Click commands, mounted under `portal <plugin> …`; each runs with an app context.

    When it fails: as `manifest`.
    """


@hookspec
def privacy_sources() -> Sequence[PrivacySource]:
    """One declaration for every table with personal data: why it is kept, how long, export and erasure.

    Boot is refused for a foreign key to a person without one. Asked for plugins that are switched off too:
    they keep their data. At run time an export that fails names the missing part; an erasure that fails, or
    a part that cannot be asked, undoes the whole erasure, visibly. Erasing asks plugins first, then rooms
    from the top.
    """


@hookspec
def consent_kinds() -> Sequence[ConsentKind]:
    """What people agree to in the plugin, keyed `<plugin>:thing`, for the page "What you agreed to".

    When it fails, or a key is taken: as `manifest`. When `listed` fails, the page says that a part is
    missing; when `withdraw` fails nothing is changed, and the page says so.
    """


@hookspec
def looks() -> Sequence[Look]:
    """Looks at confidential things that the plugin puts on record, keyed by their action
    `<plugin>:thing:verb`, for the page "Who looked at my record".

    When it fails, or an action is taken: as `manifest`.
    """


@hookspec
def migrations() -> Sequence[MigrationBranch]:
    """The folder of the plugin's Alembic revisions, a branch labelled `<plugin>`.

    Read for every *installed* plugin, enabled or not, so that the database stays whole.
    """


@hookspec
def translations() -> Sequence[TranslationFolder]:
    """Folders of gettext catalogues. The core's are searched last, and the last one found wins.

    When it fails: as `manifest`.
    """


@hookspec
def notices() -> Sequence[NoticeKind]:
    """What the plugin tells people, keyed `<plugin>:thing`: sent with `portal.messages.api.tell`.

    When it fails, or a key is taken: as `manifest`. When `compose` fails while a message is about to leave,
    it is tried again with growing pauses, then parked where an administrator sees it; when `on_contact` fails
    after a message has left, that is logged and the message counts as sent.
    """


@hookspec
def task_kinds() -> Sequence[TaskKind]:
    """Kinds of tasks for the desk, keyed `<plugin>:thing`: opened with `portal.desk.api.open_task`.

    When it fails, or a key is taken: as `manifest`. When `on_logged` fails: nothing is logged, and the page
    says so.
    """


@hookspec
def checks() -> Sequence[Check]:
    """Health checks, run in a reading transaction for `portal doctor` and the health page.

    A check that raises is shown as failed.
    """


@hookspec
def demo_data(session: Session) -> None:
    """Add the plugin's part of the demo college: called once, in order of registration, in one writing
    transaction that is committed at the end. The core's people and courses are already flushed.

    When it fails: the whole seeding is rolled back, naming the plugin.
    """


@hookspec
def route_samples() -> Sequence[RouteSample]:
    """How to call each route with success, for the generated access tests. Called in tests only.

    When it is missing for a route: the access test fails, naming the route.
    """


# --- request-time hooks -----------------------------------------------------------------------------


@hookspec
def nav_items(actor: Actor) -> Iterable[NavItem]:
    """Links for the main navigation, for this actor. Called for every full page.

    A visitor's browser that is told "you have this page already" may show links up to 5 seconds old.
    When it fails: left out, logged.
    """


@hookspec
def dashboard_cards(session: Session, actor: Actor) -> Iterable[Card]:
    """Cards for "My page". Called when a signed-in person opens it; the host renders them.

    When it, or the rendering, fails: that plugin's cards are left out, logged.
    """


@hookspec
def example_cards(actor: Actor) -> Iterable[Card]:
    """Cards of "My page" as somebody with this actor's permissions might see them, made of invented people
    and courses alone: nothing is asked of the database. Called by the public page that shows the site as a
    role sees it; the host renders them, and their links are taken away.

    When it, or the rendering, fails: that plugin's cards are left out, logged.
    """


@hookspec
def desk_lines(session: Session, actor: Actor) -> Iterable[DeskLine]:
    """What else needs a person today, worked out from the plugin's own tables. Called by the desk's page.

    When it fails: left out, logged, and the page says that a part is missing.
    """


@hookspec
def course_thread(session: Session, course_id: int, actor: Actor) -> Iterable[ThreadEntry]:
    """What happened in this course's life, as far as the actor may see. Called by the course page.

    When it fails: left out, logged.
    """


@hookspec
def course_actions(
    session: Session, course_id: int, runs: Sequence[RunBrief], actor: Actor
) -> Iterable[CourseAction]:
    """What the actor can do about a course and these runs of it, such as taking a place. Called by the
    public pages of the course and of a run, and by the run's page for those who plan it.

    When it fails: left out, logged; the page says whom to call instead.
    """


@hookspec
def person_actions(session: Session, person_id: int, actor: Actor) -> Iterable[PersonAction]:
    """What the actor can do about one person. Called by the page of how to reach them, for those who look
    after people.

    When it fails: left out, logged, and the page says that a part is missing.
    """


@hookspec
def silence_costs(session: Session, person_id: int) -> Iterable[PersonAction]:
    """What somebody would lose by hearing nothing for a while, with what they can do about it, said to
    themselves. Called by the page on which they pause their account, before they do.

    When it fails: left out, logged, and the page says that a part is missing.
    """


@hookspec
def contributions(session: Session, person_id: int, actor: Actor) -> Iterable[Contribution]:
    """What a person gave. Called by "My contributions", recognition and references.

    When it fails: left out, logged, and the page says that a part is missing.
    """


@hookspec
def search(session: Session, query: str, actor: Actor) -> Iterable[SearchResult]:
    """Records that match `query` (1 to 200 characters) and that the actor may see. Called by search.

    When it fails: left out, logged.
    """


@hookspec
def commitments(
    session: Session, person_id: int, start: datetime, end: datetime
) -> Iterable[Commitment]:
    """When a person is already busy between two instants. Called for clashes and "my week".

    When it fails: the caller is told that the answer is incomplete; nothing is booked on it.
    """


@hookspec
def indicators(session: Session, start: date, end: date) -> Iterable[Indicator]:
    """Figures for the period [start, end), numerator and denominator. Called by the power pages.

    When it fails: left out, logged.
    """


@hookspec
def veto(session: Session, action: str, actor: Actor, subject: object) -> None:
    """May stop an action by raising `Veto(reason)`. Called by services before a change, inside their
    transaction, with an action such as `courses:run:cancel` and its subject's id. Of `courses:session:lead`
    and `enrolment:session:open`, which lets somebody see what leading opens, the subject is a `Leading`: the
    person and the session. Of `privacy:person:erase_for` and `privacy:record:ask_for` it is a person's id.

    When it fails with anything but `Veto`: refused all the same, with a general reason, and logged.
    """


@hookspec
def scan_file(content: IO[bytes], media_type: str) -> bool:
    """Whether a file that somebody gives is free of viruses, as far as a scanner can tell. Called once for
    each file by `portal.files.api.receive`, in no transaction; `content` is open, at its beginning.

    When it fails, or answers anything but True: the file is refused, and the page says so. Answer within two
    seconds, as somebody waits. With the setting `PORTAL_FILES__SCAN_NEEDED` a file is also refused when no
    plugin implements this.
    """
