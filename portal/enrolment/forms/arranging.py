"""The questions of whoever arranges places for others: from a phone call, from paper, at the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal.accounts.api import (
    AGREED_CHOICES,
    ROUTE_NAMES,
    PersonRef,
    RouteKind,
    language_name,
)
from portal.enrolment.forms.taking import ALONE, COMPANY_HINTS, MODES
from portal.enrolment.models import LONGEST_NAME, How, Role, TakesPart
from portal.enrolment.services.outcomes import Body
from portal.enrolment.services.wishes import LONGEST_NEED
from portal.plugin_api.types import Words
from portal.ui.forms import (
    CheckboxField,
    DateField,
    HiddenField,
    LongTextField,
    Needed,
    OnceForm,
    RadioField,
    TextField,
)
from portal.ui.phones import dialled

ASKED: Mapping[str, Words] = {
    How.PHONE.value: _l("On the phone"),
    How.PAPER.value: _l("On paper, or face to face"),
}
COMPANY_OF_ANOTHER: Mapping[str, Words] = {
    ALONE: _l("They come by themselves"),
    Role.SUPPORTER.value: _l("Somebody who supports them comes along"),
    Role.BUDDY.value: _l("A buddy comes along"),
}
LONGEST_REASON = 500
YES, NO, LATER, UNREACHED = "yes", "no", "later", "unreached"
THEY, COLLEGE = "they", "college"
NOT_SAID = "-"


class CapForm(OnceForm):
    """Where the college lets nobody have more than so many workshops a term: a reason for one more."""

    override = LongTextField(
        _l("Reason for one workshop more than the term allows (optional)"),
        description=_l("Only if they have as many as the college lets one person have."),
        longest=LONGEST_REASON,
        rows=2,
    )

    def leave_out_cap(self) -> None:
        """There is no cap, so nothing is to be passed."""
        del self.override

    @property
    def reason(self) -> str:
        """Why one more; empty where nobody gave a reason, or none is asked for."""
        return (self.override.data or "") if "override" in self else ""


class AgreedForm(OnceForm):
    """How and when somebody agreed."""

    how = RadioField(
        _l("How did they ask?"), [Needed(_l("Choose how they asked"))], choices=list(ASKED.items())
    )
    agreed_on = DateField(_l("When was that?"), [Needed(_l("Give the day"))])

    today: date

    def validate(self, extra_validators: Any = None) -> bool:
        """Nobody agreed tomorrow."""
        good: bool = super().validate(extra_validators)
        if good and self.agreed_on.data > self.today:
            self.refuse("agreed_on", _("Give a day that is not after today"))
            return False
        return good


class NewPersonForm(OnceForm):
    """Somebody whom the college does not know yet, and how they want to be reached."""

    name = TextField(
        _l("What do they want to be called?"),
        [Needed(_l("Write their name"))],
        longest=LONGEST_NAME,
        params={"autocomplete": "off"},
    )
    another = CheckboxField(_l("This is somebody else of the same name"))
    kind = RadioField(
        _l("How do they want to be reached?"),
        [Needed(_l("Choose how they want to be reached"))],
        choices=[(kind.value, label) for kind, label in ROUTE_NAMES.items()],
    )
    value = TextField(
        _l("Number or address"),
        [Needed(_l("Write the number or address"))],
        description=_l("If it is through somebody, write that person's name too."),
        longest=500,
        params={"autocomplete": "off"},
    )
    language = RadioField(
        _l("Which language do they want to be written to in?"),
        description=_l(
            "Emails, texts and letters come in this language. Whoever rings them sees it too."
        ),
    )
    safe = CheckboxField(_l("They said it is safe to leave a message there"))
    how = RadioField(
        _l("How did they agree that we write this down and use it to reach them?"),
        [Needed(_l("Ask them first, then say how they agreed"))],
        choices=list(AGREED_CHOICES.items()),
    )
    agreed_on = DateField(
        _l("When did they agree?"), description=_l("Leave it empty if it was today.")
    )

    today: date

    def offer_languages(self, codes: Sequence[str]) -> None:
        """The college's languages; where it has only one, nothing is asked."""
        if len(codes) < 2:
            del self.language
            return
        self.language.choices = [
            *((code, language_name(code)) for code in codes),
            (NOT_SAID, _("They did not say")),
        ]

    @property
    def chosen_language(self) -> str:
        """The language; empty for none in particular."""
        chosen = self.language.data if "language" in self else None
        return "" if chosen in {None, NOT_SAID} else str(chosen)

    def validate_agreed_on(self, field: DateField) -> None:
        """Nobody has agreed tomorrow."""
        if field.data and field.data > self.today:
            raise ValidationError(_("Give a day that is not after today"))

    def validate_value(self, field: TextField) -> None:
        """A number must be one that can be called."""
        phones = {RouteKind.MOBILE.value, RouteKind.LANDLINE.value}
        if field.data and self.kind.data in phones and not dialled(field.data):
            raise ValidationError(_("Write a phone number like 07700 900123"))


class EnrolForm(AgreedForm, CapForm):
    """A place for somebody who asked on the phone or on paper. `wish` is what the writer was told."""

    mode = RadioField(
        _l("How do they take part?"),
        [Needed(_l("Choose how they take part"))],
        choices=[(mode.value, words) for mode, words in MODES.items()],
    )
    company = RadioField(
        _l("Does somebody come along?"),
        [Needed(_l("Choose whether somebody comes along"))],
        choices=list(COMPANY_OF_ANOTHER.items()),
        choice_hints=COMPANY_HINTS,
    )
    guest_name = TextField(_l("Name of who comes along"), longest=LONGEST_NAME)
    needs = LongTextField(
        _l("What do they want those who lead to know? (optional)"),
        description=_l("In their own words. You do not see it again once it is sent."),
        longest=LONGEST_NEED,
        rows=3,
    )
    late = LongTextField(
        _l("Why may they begin after the first session?"),
        [Needed(_l("Write why they may begin after the first session"))],
        description=_l("The first session was needed. The reason is kept with their place."),
        longest=LONGEST_REASON,
        rows=2,
    )
    wish = HiddenField()

    @property
    def late_reason(self) -> str:
        """Why they may begin late; empty where nobody has to say."""
        return (self.late.data or "") if "late" in self else ""

    def validate(self, extra_validators: Any = None) -> bool:
        """Somebody who comes along needs a name."""
        good = super().validate(extra_validators)
        if self.company.data not in (None, ALONE) and not self.guest_name.data:
            self.refuse("guest_name", _("Write the name of the person who comes along"))
            return False
        return good

    def bodies(self, person_id: int, only: TakesPart | None) -> list[Body]:
        """Who comes; they take part in the same way."""
        mode = only or TakesPart(self.mode.data)
        found = [Body(person_id=person_id, mode=mode)]
        if self.company.data != ALONE:
            found.append(
                Body(guest_name=self.guest_name.data, role=Role(self.company.data), mode=mode)
            )
        return found


class AnswerForm(CapForm):
    """What somebody said about an offer."""

    answer = RadioField(
        _l("What did they say?"),
        [Needed(_l("Choose what they said"))],
        choices=[
            (YES, _l("Yes, they take the place")),
            (NO, _l("No, thank you")),
            (LATER, _l("They know of it and will answer later")),
            (UNREACHED, _l("Nobody could be reached")),
        ],
        choice_hints={
            LATER: _l("Their time to answer begins now."),
            UNREACHED: _l("This counts as a try. They keep their place in the list."),
        },
    )


class ReleaseForm(OnceForm):
    """Why a place is free again."""

    who = RadioField(
        _l("Who gives the place up?"),
        [Needed(_l("Choose who gives it up"))],
        choices=[
            (THEY, _l("They do: they told us")),
            (COLLEGE, _l("The college lets it go")),
        ],
        choice_hints={THEY: _l("They need no reason, so we write none down.")},
    )
    reason = LongTextField(
        _l("The college's reason"),
        description=_l("Only if the college lets it go. The person can ask to read it."),
        longest=LONGEST_REASON,
        rows=2,
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """The college says why; a person never has to."""
        good: bool = super().validate(extra_validators)
        if self.who.data == COLLEGE and not self.reason.data:
            self.refuse("reason", _("Write the reason"))
            return False
        return good


class PairForm(OnceForm):
    """Two people who get no places in one group."""

    one = RadioField(_l("The one person"), [Needed(_l("Choose the one person"))])
    other = RadioField(_l("The other person"), [Needed(_l("Choose the other person"))])

    def offer(self, ones: Sequence[PersonRef], others: Sequence[PersonRef]) -> None:
        """Who was found."""
        self.one.choices, self.other.choices = choices(ones), choices(others)


class HelperForm(AgreedForm):
    """Who may act for somebody, as they told the college."""

    acting_id = RadioField(_l("Who may act for them?"), [Needed(_l("Choose a person"))])

    def offer(self, people: Sequence[PersonRef]) -> None:
        """Who was found."""
        self.acting_id.choices = choices(people)


def choices(people: Sequence[PersonRef]) -> list[tuple[str, str]]:
    """People to choose from, by name and pronouns."""
    return [
        (str(one.id), f"{one.name} ({one.pronouns})" if one.pronouns else one.name)
        for one in people
    ]
