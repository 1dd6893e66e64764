"""The frame around every page: headers, files, display settings, error pages, words."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import render_template_string
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.app import Portal
from portal.config import College
from portal.ui import charts, display, filters, theme
from portal.ui.assets import AssetsMissingError, load
from portal.ui.views import safe_next
from tests.browser.sample import ERRORS, make_sample

KILOBYTE = 1000
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def sample() -> Portal:
    return make_sample()


@pytest.fixture
def site(sample: Portal) -> FlaskClient:
    return sample.test_client()


@pytest.fixture
def english(sample: Portal) -> Iterator[None]:
    with sample.test_request_context("/"):
        yield


# --- headers and files ------------------------------------------------------------------------------


def test_the_layouts_own_names_do_not_hide_those_of_a_view(sample: Portal) -> None:
    page = (
        '{% extends "ui/layout.html" %}{% block content %}{{ words }} {{ who }} {{ nav }}'
        "{% endblock %}"
    )
    with sample.test_request_context("/"):
        html = render_template_string(page, words="my words", who="my people", nav="my ways")

    assert "my words my people my ways" in html


@pytest.mark.parametrize("path", ["/idea", "/nowhere", "/error/500", "/style"])
def test_every_answer_carries_the_policy(site: FlaskClient, path: str) -> None:
    headers = site.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers
    assert "Cookie" in headers["Vary"]


def test_transport_security_is_asked_for_over_tls() -> None:
    app = make_sample(base_url="https://college.example")
    headers = app.test_client().get("/idea").headers
    assert headers["Strict-Transport-Security"] == "max-age=63072000"  # no other site's business


def test_files_are_kept_for_a_year_under_an_address_that_changes(site: FlaskClient) -> None:
    page = site.get("/idea").text
    addresses = re.findall(r'"(/assets/[^"]+)"', page)
    assert len(addresses) == 3
    for address in addresses:
        answer = site.get(address, headers={"Accept-Encoding": "gzip"})
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(answer.data) == site.get(address).data
    other = make_sample(college=College(brand_colour="#5b2a6e")).test_client().get("/idea").text
    assert re.findall(r"/assets/portal\.\w+\.css", other) != re.findall(
        r"/assets/portal\.\w+\.css", page
    )
    assert site.get("/assets/portal.css").status_code == 404


def test_first_visit_weighs_less_than_thirty_kilobytes(site: FlaskClient) -> None:
    page = site.get("/idea")
    addresses = re.findall(r'"(/assets/[^"]+)"', page.text)
    sent = [site.get(address, headers={"Accept-Encoding": "gzip"}).data for address in addresses]
    weight = len(gzip.compress(page.data)) + sum(map(len, sent))
    assert weight <= 30 * KILOBYTE


def test_style_sheet_names_no_foreign_font_or_crest(site: FlaskClient) -> None:
    address = re.search(r"/assets/portal\.\w+\.css", site.get("/idea").text)
    assert address is not None
    css = site.get(address[0]).text
    assert "@font-face" not in css
    for word in ("GDS Transport", "crest", "nhs", "http://", "https://"):
        assert word not in css.replace("http://www.w3.org/2000/svg", "")
    assert "--rc-brand:#1f5c57" in css


def test_missing_files_stop_production_with_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from portal.config import load_settings
    from portal.ui import assets

    monkeypatch.setattr(assets, "BUILT", tmp_path)
    load(load_settings(environment="test"))
    with pytest.raises(AssetsMissingError, match=r"run `python tools/assets.py`"):
        load(load_settings(environment="production", secret_key="x" * 40))


def test_style_guide_is_not_served_in_production() -> None:
    site = make_sample(environment="production", secret_key="x" * 40).test_client()
    assert site.get("/style").status_code == 404


@settings(deadline=None)
@given(
    st.from_regex(r"#[0-9a-f]{6}", fullmatch=True), st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)
)
def test_any_colour_of_a_college_stays_readable(brand: str, accent: str) -> None:
    css = theme.stylesheet(College(brand_colour=brand, accent_colour=accent))
    colours = {name: theme.parse(value) for name, value in re.findall(r"--rc-([\w-]+):(#\w+)", css)}
    white, paper, night = theme.WHITE, theme.PAPER, theme.NIGHT
    for name, ground in (
        ("brand", white),
        ("brand", paper),
        ("brand", colours["brand-tint"]),
        ("brand-deep", colours["brand-tint"]),
        ("brand-calm", colours["brand-tint"]),
        ("brand-light", night),
        ("accent", paper),
        ("accent-light", night),
    ):
        assert theme.contrast(colours[name], ground) >= theme.TEXT_CONTRAST


# --- the frame --------------------------------------------------------------------------------------


def test_every_page_has_help_leave_settings_and_sign_out(site: FlaskClient) -> None:
    page = site.get("/idea").text
    for piece in (
        '<html lang="en" dir="ltr">',
        "Need help now?",
        'href="tel:03000000000"',
        'href="tel:116123"',
        "Monday to Friday, 9am to 5pm",
        'href="https://www.bbc.co.uk/weather" rel="noreferrer nofollow" data-leave',
        'href="/display"',
        'aria-current="page">Courses',
        'action="/sign-out"',
        "<title>Tell us – Harbour Recovery College</title>",
    ):
        assert piece in page


def test_logo_from_the_data_folder_is_shown(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"\x89PNG")
    college = College(logo=Path("logo.png"))
    site = make_sample(college=college, data_dir=tmp_path).test_client()
    address = re.search(r"/assets/logo\.\w+\.png", site.get("/idea").text)
    assert address is not None
    assert site.get(address[0]).headers["Content-Type"] == "image/png"


def test_page_is_marked_right_to_left_in_such_a_language() -> None:
    page = make_sample("ur").test_client().get("/idea").text
    assert '<html lang="ur" dir="rtl">' in page
    assert "/assets/portal.rtl." in page


# --- display settings -------------------------------------------------------------------------------


def test_display_settings_become_classes_and_a_cookie(site: FlaskClient) -> None:
    token = _token(site.get("/display").text)
    answer = site.post(
        "/display",
        data={
            "csrf_token": token, "text": "xl", "spacing": "roomy", "contrast": "dark", "calm": "yes",
            "next": "/style",
        },
    )  # fmt: skip
    assert (answer.status_code, answer.location) == (303, "/style")
    cookie = site.get_cookie("display")
    assert cookie is not None
    assert cookie.value == "text-xl_spacing-roomy_contrast-dark_calm-yes"
    assert 'class="rc-text-xl rc-roomy rc-dark rc-calm"' in site.get("/idea").text


@settings(deadline=None)
@given(st.text(max_size=300))
def test_forged_display_cookie_falls_back_to_the_defaults(value: str) -> None:
    parsed = display.parse(value, ("en", "cy"))
    assert display.parse(display.serialise(parsed), ("en", "cy")) == parsed
    assert re.fullmatch(r"[a-z -]*", parsed.classes)


def test_display_is_handed_to_whoever_asked_to_remember_it() -> None:
    app = make_sample()
    kept: list[display.Display] = []
    display.remember_with(app, kept.append)
    site = app.test_client()
    token = _token(site.get("/display").text)
    site.post(
        "/display",
        data={
            "csrf_token": token,
            "text": "l",
            "spacing": "usual",
            "contrast": "usual",
            "calm": "no",
        },
    )
    assert kept == [display.Display(text="l")]


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\/evil",
        "/a\nb",
        "javascript:x",
        "",
        None,
    ],
)
def test_way_back_never_leads_elsewhere(target: str | None) -> None:
    assert safe_next(target) == "/"
    assert safe_next("/courses?q=sleep") == "/courses?q=sleep"


def test_display_page_goes_back_to_where_the_reader_came_from(site: FlaskClient) -> None:
    for referrer, expected in (
        ("http://localhost/style?x=1", "/style?x=1"),
        ("https://evil.example/style", "/"),
        ("http://localhost/display", "/"),
        ("http://[", "/"),
    ):
        page = site.get("/display", headers={"Referer": referrer}).text
        assert f'name="next" type="hidden" value="{expected}"' in page


# --- errors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ERRORS)
def test_error_page_is_kind_and_says_what_to_do(site: FlaskClient, status: int) -> None:
    answer = site.get(f"/error/{status}")
    assert answer.status_code == status
    assert "<li>" in answer.text
    assert "You can always call us" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_fault_of_ours_asks_no_room_for_anything() -> None:
    app = make_sample()

    def broken() -> Any:
        raise RuntimeError("the database is gone")

    app.extensions["portal_ui"].navigation = broken
    app.extensions["portal_ui"].who = broken
    answer = app.test_client().get("/idea")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text
    assert "the database is gone" not in answer.text


def test_typed_text_survives_an_error_but_secrets_do_not(site: FlaskClient) -> None:
    answer = site.post(
        "/idea",
        data={"name": "Amina <3", "idea": "Line one\nLine two", "password": "three small words"},
        headers=OURS,
    )
    assert answer.status_code == 400
    assert "Amina &lt;3" in answer.text
    assert "Line one\nLine two" in answer.text
    assert "three small words" not in answer.text


def test_only_whole_words_make_a_field_secret(site: FlaskClient) -> None:
    shown = ["opinion", "postcode", "companion", "passage_read", "session-0-shopping", "tokens_of"]
    hidden = ["pin", "card_number", "sort_code", "sortcode", "account_number", "new_password"]
    hidden += ["NewPassword2", "step-0-code", "recovery-code", "held", "form_key"]
    fields = {name: f"typed into {name}!" for name in (*shown, *hidden)}

    page = site.post("/idea", data=fields, headers=OURS).text

    kept = [name for name in fields if f"typed into {name}!" in page]
    assert kept == shown
    assert "Send it again" not in page, "it would put the secrets into the page"


@pytest.mark.parametrize(
    ("headers", "offered"),
    [
        (OURS, True),
        ({"Origin": "http://localhost"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "http://["}, False),
        ({}, False),
    ],
)
def test_sending_again_is_offered_only_for_our_own_forms(
    site: FlaskClient, headers: dict[str, str], offered: bool
) -> None:
    answer = site.post("/idea", data={"name": "Amina"}, headers=headers)
    assert answer.status_code == 400
    assert ("Send it again" in answer.text) is offered


def test_form_too_large_to_read_still_gets_a_kind_page(site: FlaskClient) -> None:
    answer = site.post("/idea", data={"idea": "x" * 30_000})
    assert answer.status_code == 413
    assert "That is too big to send" in answer.text


def test_wrong_method_names_the_right_ones(site: FlaskClient) -> None:
    assert site.post("/thanks", data={"csrf_token": _token(site.get("/idea").text)}).headers[
        "Allow"
    ]


def test_machine_gets_its_error_as_data(site: FlaskClient) -> None:
    answer = site.get("/nowhere", headers={"Accept": "application/json"})
    assert answer.get_json() == {"error": "Not Found", "status": 404}


# --- words ------------------------------------------------------------------------------------------


def test_dates_and_times_are_written_as_people_say_them(english: None) -> None:
    winter = datetime(2027, 3, 2, 10, 0, tzinfo=UTC)
    summer = datetime(2027, 7, 6, 13, 30, tzinfo=UTC)
    assert filters.moment(winter) == "Tuesday 2 March 2027, 10am"
    assert filters.moment(summer) == "Tuesday 6 July 2027, 2:30pm"
    assert filters.day(date(2027, 3, 2)) == "Tuesday 2 March 2027"
    assert filters.leaf(summer) == ("Tue", "6", "Jul")
    assert filters.hours(time(12), time(0)) == "midday to midnight"
    assert filters.duration(timedelta(minutes=150)) == "2 hours 30 minutes"
    assert filters.duration(60) == "1 hour"
    assert filters.iso(summer) == "2027-07-06T13:30Z"


def test_money_is_written_from_pence(english: None) -> None:
    assert [filters.pounds(pence) for pence in (1250, 1200, 5, 0, 123456)] == [
        "£12.50", "£12", "£0.05", "£0", "£1,234.56",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "evil",
    [
        "<script>x()</script>",
        "[x](javascript:alert(1))",
        '<p onclick="x()">hi</p>',
        "![x](https://evil.example/track.png)",
        "<style>p{color:red}</style>",
    ],
)
def test_markdown_lets_nothing_through_that_runs_or_tracks(evil: str) -> None:
    html = filters.markdown(evil)
    assert not re.search(r"<(script|style|img)|<[^>]+(onclick|javascript:)", html)


def test_markdown_keeps_what_people_mean() -> None:
    html = filters.markdown("# Hello\n\n**Tea** is [free](https://a.example)")
    assert "<h2>Hello</h2>" in html
    assert "<strong>Tea</strong>" in html
    assert 'rel="noopener noreferrer nofollow"' in html


def test_chart_keeps_gaps_and_scales_from_zero() -> None:
    line = charts.line("T", "H", "U", [("a", 10), ("b", None), ("c", 20), ("d", 0)])
    assert len(line.paths) == 2
    assert line.grid[0][1] == "0"
    assert charts.nice_top(0.3) == 0.4
    bars = charts.bars("T", "H", "U", [("a", 5), ("b", None), ("c", 10)])
    assert [bar.length for bar in bars.bars] == [50, 0, 100]
    matrix = charts.matrix("T", "H", ("x", "y"), [("r", (0, 10))])
    assert [cell.level for cell in matrix.rows[0][1]] == [0, 5]


def test_columns_over_time_fill_the_picture_and_number_only_what_fits() -> None:
    chart = charts.over_time("T", "S", [("a", 4, 1), ("b", 0, 0)], [("r", [(2, 2), (0, 0)])])
    first, second = chart.columns
    assert (chart.floor - first.top, chart.floor - first.mark_top) == (96, 24)
    assert (second.top, second.mark_top, second.x) == (chart.floor, chart.floor, 200)
    assert [(box.value, box.kind, box.x) for box in chart.strips[0].boxes] == [
        (2, 2, 0),
        (0, 0, 200),
    ]
    assert chart.strips[0].y < chart.height
    assert chart.numbered
    assert not charts.over_time("T", "S", [("a", 1, 0)] * 53, []).numbered
    assert charts.over_time("T", "S", [], []).columns == ()


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None
    return found[1]
