from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.accounts import limits
from portal.accounts.passwords import weakness
from portal.accounts.testing import BrowserClient

if TYPE_CHECKING:
    from portal.app import Portal

pytestmark = pytest.mark.both_databases

NASTY = (
    "",
    "\x00",
    "a\x00b@example.org",
    "\U0001f600" * 200,
    "x" * 6000,
    "%",
    "../..",
    "{{7*7}}",
)
PATHS = {
    "/sign-in": ("email", "password", "next", "held"),
    "/register": ("name", "email", "password"),
    "/confirm": ("email",),
    "/reset": ("email",),
    "/me/details/name": ("name", "pronouns"),
    "/me/contact/new": ("kind", "value", "preferred"),
    "/me/password": ("current_password", "password"),
    "/people/1/roles": ("role", "where", "course", "last_day", "reason"),
}
EXPECTED = {200, 303, 403, 404, 405, 410, 422, 429}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("nasty", NASTY)
def test_strange_values_are_answered(
    path: str, nasty: str, sign_in: Callable[..., BrowserClient], app: Portal
) -> None:
    signed_in = path.startswith(("/me", "/people"))
    client = (
        sign_in("administrator")
        if signed_in
        else BrowserClient(app, app.response_class, use_cookies=True)
    )
    values = dict.fromkeys(PATHS[path], nasty)
    assert client.post(path, data=values).status_code in EXPECTED
    for left_out in PATHS[path]:
        some = {name: value for name, value in values.items() if name != left_out}
        assert client.post(path, data=some).status_code in EXPECTED
    assert client.get(path, query_string=values).status_code in EXPECTED


@pytest.mark.parametrize(
    "path",
    [
        "/people?q=%00",
        "/people?q=%25",
        "/people/99999999999999999999/roles",
        "/people/grants/99999999999999999999/end",
        "/confirm/%00",
        "/reset/%F0%9F%98%80",
        "/sign-in?next=%00&next=//x",
    ],
)
def test_strange_addresses_are_answered(path: str, sign_in: Callable[..., BrowserClient]) -> None:
    assert sign_in("administrator").get(path).status_code in EXPECTED


@given(text=st.text(max_size=80), name=st.text(max_size=30))
@settings(max_examples=200, deadline=None)
def test_any_password_is_judged(text: str, name: str) -> None:
    weakness(text, about=[name])


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(target=st.text(max_size=40))
def test_next_never_leads_away(target: str, app: Portal) -> None:
    limits.limiter.reset()
    client = BrowserClient(app, app.response_class, use_cookies=True)
    page = client.get("/sign-in", query_string={"next": target})
    kept = page.text.split('name="next"')[1].split(">")[0]
    value = kept.split('value="')[1].split('"')[0] if 'value="' in kept else ""
    assert value == "" or (value.startswith("/") and not value.startswith(("//", "/\\")))
