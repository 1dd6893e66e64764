"""Writing, changing, moving on and copying a course."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.courses.forms.base import OnceForm, VersionedForm, number_or_none, topic_choices
from portal.courses.models import Course, CourseState, Mode, Topic
from portal.courses.services.courses import LONGEST_TITLE, LONGEST_URL, CourseText
from portal.courses.services.schedule import LONGEST_MINUTES, MOST_SESSIONS
from portal.courses.words import COURSE_STATE_MEANINGS, COURSE_STATES, MODES
from portal.ui.forms import (
    CheckboxesField,
    IntegerField,
    LongTextField,
    Needed,
    RadioField,
    SelectField,
    TextField,
)

FLAGS = {
    "for_supporters": _l("For supporters too: family, friends and carers can come"),
    "drop_in": _l("Drop in: come when you like, without a place"),
    "self_paced": _l("At your own pace: no fixed times"),
    "adjacent": _l("A neighbouring service: listed by us, run by others"),
    "first_required": _l(
        "The first session is needed: whoever misses it is offered the next dates"
    ),
}


class NewCourseForm(OnceForm):
    """The first words about a course. The rest can wait."""

    title = TextField(
        _l("What is it called?"),
        [Needed(_l("Give the course a title"))],
        longest=LONGEST_TITLE,
        description=_l("Say what people will get from it, such as “Sleeping better”."),
    )
    topic_id = SelectField(_l("Topic"), [Needed(_l("Choose a topic from the list"))])
    summary = LongTextField(
        _l("In one or two sentences, what is it about?"),
        description=_l("Visitors read this in the list of courses. You can change it later."),
        rows=3,
        longest=400,
    )

    def offer(self, topics: Sequence[Topic]) -> None:
        """Fill the list of topics."""
        self.topic_id.choices = topic_choices(topics)

    def text(self) -> CourseText:
        """What was typed, for the service."""
        return CourseText(
            title=self.title.data or "",
            topic_id=number_or_none(self.topic_id.data) or 0,
            summary=self.summary.data or "",
        )


class CourseForm(VersionedForm, NewCourseForm):
    """All that is written about a course."""

    description = LongTextField(
        _l("What happens on the course?"),
        description=_l("Use short paragraphs. A line that starts with - becomes a list."),
        rows=10,
        longest=20_000,
    )
    what_to_expect = LongTextField(
        _l("What can people expect?"),
        description=_l("How a session goes, breaks, whether you have to speak."),
        rows=4,
    )
    what_to_bring = LongTextField(_l("What should people bring?"), rows=2)
    planned_sessions = IntegerField(
        _l("Number of sessions"),
        description=_l("Leave it empty if it is not decided."),
        least=1,
        most=MOST_SESSIONS,
    )
    planned_minutes = IntegerField(
        _l("Minutes a session"),
        description=_l("For example 120 for two hours."),
        least=1,
        most=LONGEST_MINUTES,
    )
    planned_mode = RadioField(
        _l("How is it usually held?"),
        choices=[*((mode.value, words) for mode, words in MODES.items()), ("", _l("Not decided"))],
    )
    flags = CheckboxesField(_l("What kind of course is it?"), choices=list(FLAGS.items()))
    source_name = TextField(
        _l("Where did the idea come from?"),
        description=_l("For example another college that kindly lets us learn from it."),
        longest=LONGEST_TITLE,
    )
    source_url = TextField(_l("Link"), longest=LONGEST_URL, params={"spellcheck": False})
    source_note = LongTextField(_l("Note"), rows=2)
    why = LongTextField(
        _l("What did you change, and why?"),
        description=_l("A few words for the history, such as “Said more about breaks”."),
        rows=2,
        longest=500,
    )

    @classmethod
    def showing(cls, course: Course) -> CourseForm:
        """The form with what is written now."""
        text = CourseText.of(course)
        values = {field: getattr(text, field) for field in CourseText.__dataclass_fields__}
        return cls(data=as_typed(values, course.version))

    def text(self) -> CourseText:
        """What was typed, for the service."""
        chosen = set(self.flags.data or ())
        mode = self.planned_mode.data
        return CourseText(
            title=self.title.data or "",
            topic_id=number_or_none(self.topic_id.data) or 0,
            summary=self.summary.data or "",
            description=self.description.data or "",
            planned_sessions=self.planned_sessions.data,
            planned_minutes=self.planned_minutes.data,
            planned_mode=Mode(mode) if mode else None,
            what_to_expect=self.what_to_expect.data or "",
            what_to_bring=self.what_to_bring.data or "",
            source_name=self.source_name.data or "",
            source_url=self.source_url.data or "",
            source_note=self.source_note.data or "",
            **{flag: flag in chosen for flag in FLAGS},
        )


def as_typed(values: Mapping[str, Any], version: int) -> dict[str, Any]:
    """A course's values as the form's fields hold them."""
    return {
        **values,
        "topic_id": str(values["topic_id"]),
        "planned_mode": values["planned_mode"] or "",
        "flags": [flag for flag in FLAGS if values[flag]],
        "version": str(version),
    }


class StateForm(OnceForm):
    """One step in a course's life."""

    state = RadioField(_l("What happens to it now?"), [Needed(_l("Choose what happens to it"))])
    why = LongTextField(
        _l("Why?"),
        [Needed(_l("Say in a few words why, for the people who read the history"))],
        description=_l("This goes into the history, with your name and the date."),
        rows=3,
        longest=500,
    )

    def offer(self, steps: Iterable[CourseState]) -> None:
        """Offer the steps that are possible."""
        steps = tuple(steps)
        self.state.choices = [(step.value, COURSE_STATES[step]) for step in steps]
        self.state.choice_hints = {step.value: COURSE_STATE_MEANINGS[step] for step in steps}


class CopyCourseForm(OnceForm):
    """A new course with the words of another."""

    title = TextField(
        _l("What is the new course called?"),
        [Needed(_l("Give the course a title"))],
        longest=LONGEST_TITLE,
    )
