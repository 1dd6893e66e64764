"""What people agreed to: all of it on one page, each taken back with one button."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import is_reached_by_email
from portal.accounts.models import ContactRoute
from portal.accounts.testing import signed_in_client
from portal.app import Portal
from portal.audit.models import AuditEntry
from portal.enrolment.models import Agreement, Interest, ShareableNeed
from portal.plugin_api import Actor, Consent, ConsentKind
from tests.factories.sharing import NAMES, Sharing
from tests.plugins import Plugin, make_plugin

SignIn = Callable[..., FlaskClient]
PAGE = "/me/data/agreed"


def buttons(page: str) -> set[tuple[str, str]]:
    """(kind, ref) of each button on the page."""
    found = re.findall(
        r'name="kind" value="([^"]+)">\s*<input[^>]*name="ref" value="([^"]+)"', page
    )
    return set(found)


def test_everything_agreed_to_is_there_and_goes_with_one_button(
    sign_in: SignIn, session: Session, sharing: Sharing
) -> None:
    client = sign_in(person_id=sharing.ada)
    page = client.get(PAGE).text
    for words in (f"{NAMES['cy']} may ask for places for you", "ada@ashgrove.example"):
        assert words in page
    chosen = buttons(page)
    assert {kind for kind, _ref in chosen} == {
        "accounts:contact_route",
        "enrolment:agreement",
        "enrolment:need",
        "enrolment:interest",
    }

    for kind, ref in chosen:
        answer = client.post(f"{PAGE}/withdraw", data={"kind": kind, "ref": ref})
        assert (answer.status_code, answer.location) == (303, PAGE)

    assert "there is nothing that you agreed to here" in client.get(PAGE).text
    assert session.scalars(sa.select(Agreement.ended_at)).one() is not None
    assert not is_reached_by_email(session, sharing.ada)
    theirs = sa.select(ContactRoute.consent_at).where(ContactRoute.person_id == sharing.ada)
    assert session.scalars(theirs).all() == [None], "it is kept, and not used"
    assert session.scalar(sa.select(sa.func.count()).select_from(ShareableNeed)) == 2
    assert session.scalar(sa.select(sa.func.count()).select_from(Interest)) == 2
    taken = sa.select(sa.func.count()).where(AuditEntry.kind == "privacy:consent:withdraw")
    assert session.scalar(taken) == len(chosen)


def test_nobody_takes_back_what_others_agreed_to(
    sign_in: SignIn, session: Session, sharing: Sharing
) -> None:
    theirs = buttons(sign_in(person_id=sharing.ada).get(PAGE).text)
    other = sign_in(person_id=sharing.cy)
    mine = buttons(other.get(PAGE).text)

    for kind, ref in theirs - mine:
        other.post(f"{PAGE}/withdraw", data={"kind": kind, "ref": ref})

    assert buttons(sign_in(person_id=sharing.ada).get(PAGE).text) == theirs


def test_second_click_changes_nothing(sign_in: SignIn, session: Session, sharing: Sharing) -> None:
    client = sign_in(person_id=sharing.ada)
    kind, ref = min(buttons(client.get(PAGE).text))

    for _ in range(2):
        client.post(f"{PAGE}/withdraw", data={"kind": kind, "ref": ref})

    assert "You had taken that back already." in client.get(PAGE).text
    taken = sa.select(sa.func.count()).where(AuditEntry.kind == "privacy:consent:withdraw")
    assert session.scalar(taken) == 1


def beans(listed: Any = None, withdraw: Any = None) -> Plugin:
    """A plugin whose people agree to be told about beans, in words that were changed once."""
    given = [Consent("1", "We tell you about beans", clock.now(), version=2)]
    kind = ConsentKind(
        kind="beans:told",
        title="Beans",
        after="No more beans.",
        listed=listed or (lambda _session, _person_id: given),
        withdraw=withdraw or (lambda _session, _actor, _ref: given.clear()),
    )
    return make_plugin("beans", consent_kinds=lambda: [kind])


def test_plugin_takes_part(making: Callable[..., Portal]) -> None:
    client = signed_in_client(making(beans()))
    page = client.get(PAGE).text
    assert "We tell you about beans" in page
    assert "(words number 2)" in page

    client.post(f"{PAGE}/withdraw", data={"kind": "beans:told", "ref": "1"})

    after = client.get(PAGE).text
    assert "No more beans." in after
    assert "We tell you about beans" not in after


def explode(*_arguments: Any) -> Any:
    raise RuntimeError("no beans")


@pytest.mark.plugin_faults
def test_part_that_fails_is_named_and_the_others_are_there(making: Callable[..., Portal]) -> None:
    page = signed_in_client(making(beans(listed=explode))).get(PAGE)

    assert page.status_code == 200
    assert "A part of this page is missing just now: Beans" in page.text
    assert buttons(page.text)


def half(session: Session, actor: Actor, _ref: str) -> None:
    session.execute(
        sa.update(ContactRoute)
        .where(ContactRoute.person_id == actor.person_id)
        .values(consent_at=None, consent_how=None)
    )
    raise RuntimeError("in the middle of it")


@pytest.mark.plugin_faults
def test_fault_while_taking_back_changes_nothing_and_says_so(making: Callable[..., Portal]) -> None:
    client = signed_in_client(making(beans(withdraw=half)))
    before = buttons(client.get(PAGE).text)

    client.post(f"{PAGE}/withdraw", data={"kind": "beans:told", "ref": "1"})

    page = client.get(PAGE).text
    assert "That did not work, and nothing was changed." in page
    assert buttons(page) == before
