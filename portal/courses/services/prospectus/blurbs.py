"""Words for a course of which only facts are known: they say what was stated, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask_babel import gettext as _

from portal.courses.models import Mode
from portal.courses.services.prospectus.phrases import clock_length


def write(
    topic: str,
    self_paced: bool,
    drop_in: bool,
    mode: str | None,
    number: int | None,
    length: int | None,
    service: str | None,
) -> tuple[str, str]:
    """A summary and a description. None for what was not stated; `service` is a neighbour's name."""
    first = (
        _("Offered by a neighbouring service, %(name)s.", name=service)
        if service is not None
        else _("One of our courses on this shelf: %(topic)s.", topic=topic)
    )
    sentences = []
    if self_paced:
        sentences.append(_("You go through it at your own pace."))
    if drop_in:
        sentences.append(_("Drop in when it suits you."))
    if mode is not None:
        sentences.append(_MODE_SENTENCES[mode]())
    summary = " ".join([first, *sentences])
    if number is not None:
        sentences.append(
            _("It has one session.")
            if number == 1
            else _("It has %(number)d sessions.", number=number)
        )
    if length is not None:
        sentences.append(_("A session lasts %(length)s.", length=clock_length(length)))
    sentences.append(_("We will tell you more here as soon as we know it."))
    return summary, " ".join(sentences)


_MODE_SENTENCES: Mapping[str, Callable[[], str]] = {
    Mode.IN_PERSON.value: lambda: _("You come along in person."),
    Mode.ONLINE.value: lambda: _("You join online."),
    Mode.BOTH.value: lambda: _("You can come in person or join online."),
}
