"""Headers that every response carries: what a browser may load, send and remember."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask, Response

    from portal.config import Settings

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; "
    # data: for the small wave drawn by the style sheet itself.
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
TWO_YEARS = 63_072_000  # seconds
FIXED = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def init_app(app: Flask, settings: Settings) -> None:
    """Add the headers to every response; a view may set a stricter one of its own first."""
    fixed = tuple(FIXED.items())
    if settings.secure_cookies:
        # Of this name only: a college's other sites below it may not speak TLS.
        fixed = (*fixed, ("Strict-Transport-Security", f"max-age={TWO_YEARS}"))

    @app.after_request
    def secure(response: Response) -> Response:
        headers = response.headers
        there = {name.lower() for name, _ in headers}
        # Not `setdefault`, which looks through all headers twice for each.
        headers.extend([(name, value) for name, value in fixed if name.lower() not in there])
        if response.mimetype == "text/html":
            # Pages follow the reader's display settings and language.
            headers.add("Vary", "Cookie, Accept-Language")
        return response
