"""The questions of asking for a place, one form for each page, and of changing it later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.enrolment.models import LONGEST_NAME, Company, PlaceDraft, Role, TakesPart
from portal.enrolment.services.wishes import LONGEST_NEED
from portal.plugin_api.types import Words
from portal.ui.forms import (
    Form,
    HiddenField,
    LongTextField,
    Needed,
    OnceForm,
    RadioField,
    TextField,
)

MODES: Mapping[TakesPart, Words] = {
    TakesPart.IN_PERSON: _l("In person"),
    TakesPart.ONLINE: _l("Online"),
}
ALONE, SUPPORTER, BUDDY = "alone", "supporter", "buddy"
COMPANY: Mapping[str, Words] = {
    ALONE: _l("I come by myself"),
    SUPPORTER: _l("Somebody who supports me comes along"),
    BUDDY: _l("A buddy comes along"),
}
COMPANY_HINTS: Mapping[str, Words] = {
    SUPPORTER: _l("For example a friend, somebody of your family, or a carer."),
    BUDDY: _l("Somebody from the college who keeps you company."),
}


class WhoForm(Form):
    """For whom the place is."""

    person_id = RadioField(_l("Who is this place for?"), [Needed(_l("Choose who it is for"))])

    def offer(self, people: Sequence[tuple[int, str]]) -> None:
        """Fill the list: the one who asks first."""
        self.person_id.choices = [(str(key), name) for key, name in people]

    def answers(self) -> dict[str, object]:
        """What was chosen, as the draft keeps it."""
        return {"person_id": int(self.person_id.data)}


class ModeForm(Form):
    """How somebody takes part, where there is a choice."""

    mode = RadioField(
        _l("How would you like to take part?"),
        [Needed(_l("Choose how you would like to take part"))],
        choices=[(mode.value, words) for mode, words in MODES.items()],
        choice_hints={
            TakesPart.ONLINE.value: _l("You can keep your camera off. We can practise beforehand."),
        },
    )

    def answers(self) -> dict[str, object]:
        """What was chosen, as the draft keeps it."""
        return {"mode": TakesPart(self.mode.data)}


class NeedsForm(Form):
    """What the people who lead should know."""

    needs = LongTextField(
        _l("Would you like to tell us anything that helps you take part? (optional)"),
        description=_l("For example “I need to sit near the door” or “Please do not call on me”."),
        longest=LONGEST_NEED,
        counted=True,
        rows=4,
    )

    def answers(self) -> dict[str, object]:
        """What was written, as the draft keeps it; nothing is an answer too."""
        return {"needs": self.needs.data or ""}


class CompanyForm(Form):
    """Whether somebody comes along, and who."""

    company = RadioField(
        _l("Does somebody come along with you?"),
        [Needed(_l("Choose whether somebody comes along"))],
        choices=list(COMPANY.items()),
        choice_hints=COMPANY_HINTS,
    )
    companion_id = RadioField(
        _l("Who is it?"),
        description=_l(
            "Somebody of this list is told that they come along with you, in the way they asked us to "
            "reach them."
        ),
    )
    guest_name = TextField(
        _l("Their name"),
        description=_l("Only if somebody comes along. A first name is enough."),
        longest=LONGEST_NAME,
    )

    def offer(self, people: Sequence[tuple[int, str]]) -> None:
        """Who may be chosen by name; without any the question is left out."""
        if not people:
            del self.companion_id
            return
        self.companion_id.choices = [
            *((str(key), name) for key, name in people),
            ("0", _("Somebody else: I write their name")),
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        """Somebody who comes along needs a name."""
        good: bool = super().validate(extra_validators)
        if self.company.data in (SUPPORTER, BUDDY) and not self._known and not self.guest_name.data:
            self.refuse("guest_name", _("Write the name of the person who comes along"))
            return False
        return good

    @property
    def _known(self) -> int | None:
        field = getattr(self, "companion_id", None)
        return int(field.data) if field is not None and field.data not in (None, "", "0") else None

    def answers(self) -> dict[str, object]:
        """What was chosen, as the draft keeps it. A name that is not needed now is kept all the same."""
        known = self._known
        company = Company.KNOWN if known else Company.GUEST
        return {
            "company": Company.ALONE if self.company.data == ALONE else company,
            "role": None if self.company.data == ALONE else Role(self.company.data),
            "companion_id": known,
            "guest_name": self.guest_name.data or "",
        }

    @staticmethod
    def showing(draft: PlaceDraft | None) -> dict[str, object]:
        """The answers that a draft holds already."""
        if draft is None or draft.company is None:
            return {}
        return {
            "company": draft.role.value if draft.role else ALONE,
            "companion_id": str(draft.companion_id or 0),
            "guest_name": draft.guest_name,
        }


class AskForm(OnceForm):
    """The last button. `wish` is what its reader was told: there is a place, or there is a list."""

    wish = HiddenField()


class ConfirmForm(OnceForm):
    """Nothing but the button."""


class TurnForm(OnceForm):
    """A button that turns something on or off. `turn` is what its reader was shown."""

    turn = HiddenField()

    @property
    def on(self) -> bool:
        """True when it is to be on from now on."""
        return bool(self.turn.data == "on")


class ChangeModeForm(ModeForm, OnceForm):
    """How somebody takes part from now on."""


class ChangeNeedsForm(NeedsForm, OnceForm):
    """What the people who lead should know from now on."""


class CodeForm(OnceForm):
    """A code that somebody gave."""

    code = TextField(
        _l("The code they gave you"),
        [Needed(_l("Write the code they gave you"))],
        description=_l("Twelve letters and numbers. Spaces do not matter."),
        longest=40,
        params={"autocomplete": "off", "spellcheck": False},
    )
