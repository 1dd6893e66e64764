"""What the desk's pages show, put together from tasks, people and the words of this moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.accounts.api import people_by_ids, reaches
from portal.desk import queries
from portal.desk.hands import CONTACT
from portal.desk.models import DeskTask
from portal.desk.policies import outcomes_of, visible_kinds
from portal.desk.words import FIRST_STEPS, OUTCOMES, REASONS, ROUTES
from portal.messages.api import Reach, Route, hand_words, written_language
from portal.plugin_api import Actor, NoticeWords, TaskInfo, TaskKind
from portal.plugin_api.dispatch import gather_desk, notice_kinds, part_titles, task_kinds
from portal.plugin_api.types import Words
from portal.ui.filters import moment

_NOBODY = Reach("", "", ())
_PHONES = frozenset({"mobile", "landline"})


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that needs a person, with its one next step."""

    title: str
    name: str
    next_step: str
    url: str
    due: date
    late: bool
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of one kind of work, the first due first."""

    title: str
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Desk:
    """The whole desk. `missing` are the parts that could not be asked; `letters` and `calls` can be printed
    at once.
    """

    groups: list[Group]
    missing: list[str]
    letters: int
    calls: int
    tasks: int
    more: bool


@dataclass(frozen=True, slots=True)
class Way:
    """A way to reach somebody: what to press, and what to mind."""

    label: Words
    value: str
    number: str
    safe: bool
    shared: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody wrote down."""

    what: str
    note: str
    who: str
    when: str


@dataclass(frozen=True, slots=True)
class Page:
    """One task. `words` is None where there is nothing to tell; `needed` is false once it is settled.

    `answer` is where to write down what the person answered; empty where nothing is asked of them.
    """

    task: TaskInfo
    is_open: bool
    title: str
    name: str
    pronouns: str
    why: Words
    ways: Sequence[Way]
    needed: bool
    words: NoticeWords | None
    text: str
    facts: Sequence[tuple[Words, Words]]
    language: str
    link: str
    answer: str
    story: Sequence[Entry]
    outcomes: Sequence[str]

    @property
    def address(self) -> str:
        """Where a letter goes; empty when they did not agree to letters."""
        return next((way.value for way in self.ways if not way.number and way.label is _LETTER), "")


_LETTER = ROUTES["letter"]


def desk(session: Session, actor: Actor, today: date) -> Desk:
    """All that needs somebody, as far as the actor may see."""
    kinds = task_kinds(session)
    tasks = queries.open_tasks(session, visible_kinds(actor, kinds), limit=queries.MOST_SHOWN + 1)
    known = reaches(session, {task.person_id for task in tasks if task.person_id is not None})
    notices = notice_kinds(session)
    lines: list[tuple[str, Line]] = []
    letters = calls = 0
    for task in tasks[: queries.MOST_SHOWN]:
        kind = kinds[task.kind]
        reach = known.get(task.person_id or 0, _NOBODY)
        title, step = str(kind.title) % task.about, str(kind.next_step) % task.about
        if task.kind == CONTACT:
            notice = notices.get(str(task.about["purpose"]))
            title = str(notice.title) if notice else title
            step = str(FIRST_STEPS[_first(reach)])
            letters += _first(reach) == "letter"
            calls += _first(reach) in _PHONES
        url = url_for("desk.task", task_id=task.id)
        late = task.due < today
        line = Line(title, reach.name, step, url, task.due, late, task.tries)
        lines.append((str(kind.group), line))
    others = gather_desk(session, actor)
    for one in others.items:
        line = Line(str(one.title), "", str(one.next_step), one.url, one.due, one.due < today)
        lines.append((str(one.group), line))
    return Desk(
        groups=_grouped(lines),
        missing=part_titles(session, others.missing),
        letters=letters,
        calls=calls,
        tasks=len(tasks),
        more=len(tasks) > queries.MOST_SHOWN,
    )


def _grouped(lines: Iterable[tuple[str, Line]]) -> list[Group]:
    groups: dict[str, Group] = {}
    for title, line in lines:
        groups.setdefault(title, Group(title)).lines.append(line)
    for group in groups.values():
        group.lines.sort(key=lambda line: line.due)
    return list(groups.values())


def _first(reach: Reach) -> str:
    return reach.routes[0].kind if reach.routes else ""


def page(session: Session, actor: Actor, task_id: int) -> Page | None:
    """One task as it stands now; None when there is none that the actor may see."""
    kinds = task_kinds(session)
    task = queries.task(session, task_id, visible_kinds(actor, kinds))
    return None if task is None else _page(session, task, kinds[task.kind])


def _page(session: Session, task: DeskTask, kind: TaskKind) -> Page:
    info = queries.info_of(task)
    title, needed = str(kind.title) % info.about, True
    words: NoticeWords | None = None
    text: str = ""
    facts: Sequence[tuple[Words, Words]] = ()
    language = answer = ""
    if kind.kind == CONTACT:
        found = hand_words(session, str(info.about["message"]))
        words, needed = (found.words, found.words is not None) if found else (None, False)
        title = str(found.kind.title) if found else title
        language = written_language(found.reach) if found and found.reach else ""
        text = (words.spoken or words.text) if words else ""
        if found and words and found.kind.answer is not None:
            answer = found.kind.answer(found.about)
    elif kind.brief is not None:
        brief = kind.brief(session, info)
        needed = brief is not None
        text, facts = (str(brief.text), brief.facts) if brief else ("", ())
    reach, pronouns = _whom(session, info)
    ways = [_way(route) for route in reach.routes] if kind.by_contact else []
    return Page(
        task=info,
        is_open=task.state == "open",
        title=title,
        name=reach.name,
        pronouns=pronouns,
        why=REASONS.get(str(info.about.get("why", "")), ""),
        ways=ways,
        needed=needed,
        words=words,
        text=text,
        facts=facts,
        language=language,
        link=task.link,
        answer=answer,
        story=_story(session, task.id),
        outcomes=_possible(kind, ways, needed=needed),
    )


def _whom(session: Session, info: TaskInfo) -> tuple[Reach, str]:
    if info.person_id is None:
        return _NOBODY, ""
    ids = [info.person_id]
    person = people_by_ids(session, ids).get(info.person_id)
    return reaches(session, ids).get(info.person_id, _NOBODY), person.pronouns if person else ""


def _way(route: Route) -> Way:
    number = route.value if route.kind in _PHONES else ""
    return Way(
        label=ROUTES[route.kind],
        value=route.value,
        number=number,
        safe=route.safe_to_leave_message,
        shared=route.shared,
    )


def _possible(kind: TaskKind, ways: Sequence[Way], *, needed: bool) -> list[str]:
    """What can be written down: no message is left where that is not safe, no letter without an address."""
    if not needed:
        return ["not_needed"]
    possible = list(outcomes_of(kind))
    if kind.by_contact and not any(way.number and way.safe for way in ways):
        possible.remove("left_message")
    if kind.by_contact and not any(way.label is _LETTER for way in ways):
        possible.remove("letter_posted")
    return possible


def _story(session: Session, task_id: int) -> list[Entry]:
    tried = queries.tries_of(session, task_id)
    people = people_by_ids(session, {one.by_id for one in tried if one.by_id is not None})
    return [
        Entry(
            what=str(OUTCOMES.get(one.outcome, one.outcome)),
            note=one.note,
            who=people[one.by_id].name if one.by_id in people else str(_("Somebody")),
            when=moment(one.at),
        )
        for one in tried
    ]


def letters(session: Session, actor: Actor) -> list[Page]:
    """Every letter that is to be written, the first due first."""
    return _to_print(session, actor, frozenset({"letter"}))


def calls(session: Session, actor: Actor) -> list[Page]:
    """Everybody who is to be rung, the first due first."""
    return _to_print(session, actor, _PHONES)


def _to_print(session: Session, actor: Actor, first: frozenset[str]) -> list[Page]:
    """What is to be told by these ways first, with its words of this moment."""
    found = (page(session, actor, one.id) for one in _contacts(session, actor, first))
    return [one for one in found if one is not None and one.words is not None]


def _contacts(session: Session, actor: Actor, first: frozenset[str]) -> list[TaskInfo]:
    kinds = task_kinds(session)
    tasks = queries.open_tasks(
        session, [one for one in visible_kinds(actor, kinds) if one == CONTACT]
    )
    known = reaches(session, {task.person_id for task in tasks if task.person_id is not None})
    return [task for task in tasks if _first(known.get(task.person_id or 0, _NOBODY)) in first]


@dataclass(frozen=True, slots=True)
class Choice:
    """A task that can be chosen together with others."""

    id: int
    label: str
    by_letter: bool


def choices(session: Session, actor: Actor) -> list[Choice]:
    """Every open task that the actor may see, the first due first."""
    kinds = task_kinds(session)
    tasks = queries.open_tasks(session, visible_kinds(actor, kinds))
    known = reaches(session, {task.person_id for task in tasks if task.person_id is not None})
    notices = notice_kinds(session)
    found = []
    for task in tasks:
        title = str(kinds[task.kind].title) % task.about
        reach = known.get(task.person_id or 0, _NOBODY)
        if task.kind == CONTACT and (notice := notices.get(str(task.about["purpose"]))):
            title = str(notice.title)
        label = f"{reach.name}: {title}" if reach.name else title
        found.append(Choice(task.id, label, _first(reach) == "letter"))
    return found
