"""Venues and terms."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.courses.forms.base import OnceForm, answer
from portal.courses.models import Term, Venue
from portal.courses.services.places import (
    LARGEST_ROOM,
    LONGEST_NAME,
    LONGEST_POSTCODE,
    TermDates,
    VenueFacts,
)
from portal.ui.forms import (
    CheckboxesField,
    DateField,
    IntegerField,
    LongTextField,
    Needed,
    TextField,
)

ACCESS = {
    "step_free": _l("Step-free from the street to the room"),
    "hearing_loop": _l("Hearing loop"),
    "quiet_room": _l("A quiet room to step out to"),
    "accessible_toilet": _l("Accessible toilet"),
    "parking": _l("Parking"),
    "online": _l("This is an online place, not a room"),
}


class VenueForm(OnceForm):
    """What people need to know to decide whether they can come."""

    name = TextField(_l("What is it called?"), [Needed(_l("Give it a name"))], longest=LONGEST_NAME)
    address = LongTextField(_l("Address"), rows=3)
    postcode = TextField(
        _l("Postcode"), longest=LONGEST_POSTCODE, params={"classes": "govuk-input--width-10"}
    )
    capacity = IntegerField(
        _l("How many people fit in the room?"),
        description=_l("Count everybody, whoever leads too. Leave it empty if you do not know."),
        least=1,
        most=LARGEST_ROOM,
    )
    access = CheckboxesField(
        _l("What is there?"),
        description=_l("Tick only what you have seen or been told for sure."),
        choices=list(ACCESS.items()),
    )
    bus = LongTextField(
        _l("How do you get there by bus?"),
        description=_l("For example “Bus 12 or 12A to Quay Lane, then two minutes on foot”."),
        rows=2,
    )
    access_note = LongTextField(
        _l("What else helps people arrive?"),
        description=_l("The door to use, the bell, who says hello."),
        rows=3,
    )

    @classmethod
    def showing(cls, venue: Venue) -> VenueForm:
        """The form with what is known now."""
        facts = VenueFacts.of(venue)
        values = {field: getattr(facts, field) for field in VenueFacts.__dataclass_fields__}
        return cls(data={**values, "access": [one for one in ACCESS if values[one]]})

    def facts(self) -> VenueFacts:
        """What was typed, for the service."""
        chosen = set(self.access.data or ())
        return VenueFacts(
            name=self.name.data or "",
            address=self.address.data or "",
            postcode=self.postcode.data or "",
            capacity=self.capacity.data,
            bus=self.bus.data or "",
            access_note=self.access_note.data or "",
            **{one: one in chosen for one in ACCESS},
        )


class TermForm(OnceForm):
    """A term and its days."""

    name = TextField(
        _l("What is it called?"),
        [Needed(_l("Give it a name"))],
        description=_l("For example “Spring 2027”. It begins the number of every run."),
        longest=LONGEST_NAME,
    )
    starts_on = DateField(_l("First day"), [Needed(_l("Give the first day"))])
    ends_on = DateField(_l("Last day"), [Needed(_l("Give the last day"))])

    @classmethod
    def showing(cls, term: Term) -> TermForm:
        """The form with the term's days now."""
        return cls(data={"name": term.name, "starts_on": term.starts_on, "ends_on": term.ends_on})

    def dates(self) -> TermDates:
        """What was typed, for the service."""
        return TermDates(
            name=self.name.data or "",
            starts_on=answer(self.starts_on),
            ends_on=answer(self.ends_on),
        )
