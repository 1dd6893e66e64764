"""The files that a browser keeps for a year: read, themed, compressed and hashed once, at boot.

A file's address holds a hash of what is in it, so a changed file has a new address and the old one may be
kept for ever. Templates get finished addresses; nothing is worked out per request.
"""

from __future__ import annotations

import gzip
import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from flask import Response, abort, request

from portal.ui import theme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portal.config import Settings

log = logging.getLogger(__name__)
STATIC = Path(__file__).parent / "static"
BUILT = STATIC / "built"
PREFIX = "/assets/"
FOR_A_YEAR = "public, max-age=31536000, immutable"
LOGO_TYPES = {".png": "image/png", ".webp": "image/webp"}
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="12"'
    ' fill="{brand}"/><circle cx="19" cy="13" r="6" fill="#ffc24b"/><path d="M0 22q8-6 16 0t16 0v2a12'
    ' 8 0 0 1-12 8h-8A12 8 0 0 1 0 24z" fill="#fff"/></svg>'
)


class AssetsMissingError(Exception):
    """The style sheet and scripts have not been built. The message says how to."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, ready to send. `url` is its address, with the hash in it."""

    url: str
    content_type: str
    body: bytes
    gzipped: bytes


@dataclass(frozen=True, slots=True)
class Assets:
    """All files of this application; the addresses are what the layout uses."""

    css: str
    css_rtl: str
    script: str
    passkey: str
    register: str
    icon: str
    logo: str
    register_worker: Asset
    by_url: Mapping[str, Asset]


def _asset(name: str, content_type: str, body: bytes) -> Asset:
    stem, _, extension = name.rpartition(".")
    digest = hashlib.sha256(body).hexdigest()[:12]
    url = f"{PREFIX}{stem}.{digest}.{extension}"
    return Asset(url, content_type, body, gzip.compress(body, 9, mtime=0))


def load(settings: Settings) -> Assets:
    """Read every file and put the college's colours in the style sheets.

    Raises:
        AssetsMissingError: nothing has been built; outside production it is a warning, and pages come
            without styles.
    """
    colours = theme.stylesheet(settings.college).encode()
    css = _asset("portal.css", "text/css; charset=utf-8", _built("portal.css", settings) + colours)
    rtl_body = _built("portal.rtl.css", settings) + colours
    rtl = _asset("portal.rtl.css", "text/css; charset=utf-8", rtl_body)
    script_body = _built("portal.js", settings)
    script = _asset("portal.js", "text/javascript; charset=utf-8", script_body)
    passkey_body = _built("passkey.js", settings)
    passkey = _asset("passkey.js", "text/javascript; charset=utf-8", passkey_body)
    register_body = _built("register.js", settings)
    register = _asset("register.js", "text/javascript; charset=utf-8", register_body)
    worker_body = _built("register-worker.js", settings)
    worker = _asset("register-worker.js", "text/javascript; charset=utf-8", worker_body)
    icon_body = ICON.format(brand=settings.college.brand_colour).encode()
    icon = _asset("icon.svg", "image/svg+xml", icon_body)
    files = [css, rtl, script, passkey, register, icon]
    logo = _logo(settings)
    if logo:
        files.append(logo)
    return Assets(
        css=css.url,
        css_rtl=rtl.url,
        script=script.url,
        passkey=passkey.url,
        register=register.url,
        icon=icon.url,
        logo=logo.url if logo else "",
        register_worker=worker,
        by_url=MappingProxyType({asset.url: asset for asset in files}),
    )


def _built(name: str, settings: Settings) -> bytes:
    try:
        return (BUILT / name).read_bytes()
    except FileNotFoundError:
        advice = f"{name} has not been built; run `python tools/assets.py`"
        if settings.environment == "production":
            raise AssetsMissingError(advice) from None
        log.warning(advice)
        return b""


def _logo(settings: Settings) -> Asset | None:
    """The college's logo from the data folder, or None; a missing or strange file is left out, loudly."""
    if settings.college.logo is None:
        return None
    path = settings.data_dir / settings.college.logo
    content_type = LOGO_TYPES.get(path.suffix.lower())
    if content_type is None or not path.is_file():
        log.warning("the logo %s is not a PNG or WebP file that can be read", path)
        return None
    return _asset(f"logo{path.suffix.lower()}", content_type, path.read_bytes())


def respond(assets: Assets, name: str) -> Response:
    """Send the file of that name, for keeps, compressed where the browser takes it."""
    asset = assets.by_url.get(PREFIX + name)
    if asset is None:
        abort(404)
    response = _send(asset)
    response.headers["Cache-Control"] = FOR_A_YEAR
    return response


def respond_worker(worker: Asset, scope: str) -> Response:
    """Send a script that works behind the pages below `scope`.

    It has one address for ever, at which browsers look for a newer one, so it is asked for each time.
    """
    response = _send(worker)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Service-Worker-Allowed"] = scope
    response.set_etag(hashlib.sha256(worker.body).hexdigest()[:12])
    response.make_conditional(request)
    return response


def _send(asset: Asset) -> Response:
    small = "gzip" in request.headers.get("Accept-Encoding", "")
    response = Response(asset.gzipped if small else asset.body, content_type=asset.content_type)
    if small:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    return response
