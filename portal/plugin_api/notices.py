"""What rooms and plugins tell people, and the tasks of the desk.

A notice is stored as *what is to be told*, not as text. Its words are made at the moment of sending, from the
state of that moment, in the person's language; `compose` returning None means that it is not true any more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy.orm import Session

from portal.plugin_api.types import Words

About = Mapping[str, int | str]  # ids and plain values: which offer, which session
Outcome = Literal["sent", "reached", "left_message", "letter_posted", "no_answer", "handed_over"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom the words are for. `language` is the one they are being written in."""

    person_id: int
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """The words of one notice in each of its forms.

    `text` is the whole message: e-mail and letter. `sms` is its short form, 160 GSM letters if it can be;
    without one a person with a mobile phone is rung up. `spoken` is what to say on the phone, the text when
    empty.
    """

    text: str
    html: str | None = None
    sms: str = ""
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """A notice reached somebody, or a try did not. `tries` counts the tries by hand, this one too.

    `handed_over`: no machine could bring it, and it stands on the desk from now on.
    """

    person_id: int
    key: str
    about: About
    at: datetime
    by: Literal["email", "sms", "hand"]
    outcome: Outcome
    tries: int = 0
    actor_id: int | None = None

    @property
    def told(self) -> bool:
        """False for what has reached nobody."""
        return self.outcome not in {"no_answer", "handed_over"}


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """A kind of notice. `purpose` is `room:thing`.

    `subject` stands on a locked phone: it is the same for everybody, without placeholders, and names no
    topic, no course and nothing about health. `compose(session, recipient, about)` reads, never writes.
    `sample()` gives words of an invented case, for the preview at `/style/notices`. `on_contact(session,
    contact)` is called in the transaction that notes it, once for a sending, as it is handed over to people,
    and once for each try by hand.
    `urgent` ones do not wait for the morning. Whoever has paused their account hears them, and those with
    `in_pause`, because silence would cost them something; everything else waits until they are back. `only`
    names the one way that it goes, whatever the person prefers, if they agreed to it; else nobody is told.
    What goes every way at once has a kind for each: "hand" is for whatever no machine can bring, such as a
    letter, or a call to a phone that takes no texts. `answer(about)` is the address of the page on which
    somebody of the college writes down what the person answered: the page of a call leads there.
    """

    purpose: str
    title: Words  # for the desk: what it is about
    subject: Words
    compose: Callable[[Session, Recipient, About], NoticeWords | None]
    sample: Callable[[], NoticeWords]
    on_contact: Callable[[Session, Contact], None] | None = None
    urgent: bool = False
    in_pause: bool = False
    only: Literal["", "email", "mobile", "hand"] = ""
    answer: Callable[[About], str] | None = None


@dataclass(frozen=True, slots=True)
class TaskInfo:
    """A task of the desk, as its kind is given it."""

    id: int
    kind: str
    key: str
    person_id: int | None
    about: About
    due: date
    opened_at: datetime
    tries: int


@dataclass(frozen=True, slots=True)
class TaskBrief:
    """What the page of a task says: made when it is looked at. `facts` are (term, value) pairs."""

    text: Words
    facts: Sequence[tuple[Words, Words]] = ()


@dataclass(frozen=True, slots=True)
class TaskLogged:
    """Somebody wrote down what came of a task. `done` when that ended it."""

    task: TaskInfo
    outcome: str
    note: str
    actor_id: int | None
    at: datetime
    done: bool


@dataclass(frozen=True, slots=True)
class TaskKind:
    """A kind of task for the people of the college. `kind` is `room:thing`.

    `title` and `next_step` may hold `%(name)s` for each value of the task's `about`. `group` is the heading
    that it stands under. `brief(session, task)` returns None once the task is no longer needed: it is then
    closed by itself. `on_logged(session, logged)` runs in the transaction that notes it. Who sees the task
    needs `permission`. `by_contact` says that the next step is to reach its person: the page then shows how,
    and asks what came of it.
    """

    kind: str
    title: Words
    next_step: Words
    group: Words
    brief: Callable[[Session, TaskInfo], TaskBrief | None] | None = None
    on_logged: Callable[[Session, TaskLogged], None] | None = None
    permission: str = "desk:task:see"
    by_contact: bool = False


@dataclass(frozen=True, slots=True)
class DeskLine:
    """Something that needs a person and that is worked out, not stored: one line with one next step."""

    group: Words
    title: Words
    next_step: Words
    url: str
    due: date
