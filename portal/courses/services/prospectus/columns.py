"""Which column of the file means what: by its heading, or as the caller maps it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from flask_babel import gettext as _

from portal.courses.services.prospectus.report import FileFault

REQUIRED = (
    "college",
    "title",
    "category",
    "sessions",
    "hours_per_session",
    "mode",
    "notes",
    "source",
)
OPTIONAL = ("summary", "description", "start", "venue", "capacity")
KNOWN = REQUIRED + OPTIONAL


def field_name(heading: str) -> str:
    """A heading as our fields are written: "Hours per session" is `hours_per_session`."""
    return "_".join(heading.replace("-", " ").replace("_", " ").casefold().split())


def match(
    header: Sequence[str], mapping: Mapping[str, str], without: Collection[str] = ()
) -> tuple[dict[str, int], list[str]]:
    """Field → position of its column, and the headings that nothing reads.

    `mapping` goes from a heading of the file to a field; `without` names required fields that the file
    may lack, which are then filled like empty cells.

    Raises:
        FileFault: a column is missing or doubled, or the mapping names something unknown.
    """
    _check_mapping(header, mapping, without)
    wanted = {heading.casefold().strip(): field for heading, field in mapping.items()}
    fields = [wanted.get(heading.casefold().strip()) or field_name(heading) for heading in header]
    doubled = [field for field, count in Counter(fields).items() if count > 1 and field in KNOWN]
    if doubled:
        raise FileFault(
            _(
                "More than one column is called: %(names)s. Leave one of each, or map one of them"
                " to another field.",
                names=", ".join(doubled),
            )
        )
    positions = {field: at for at, field in enumerate(fields) if field in KNOWN}
    if not positions:
        raise FileFault(
            _(
                "This does not look like a prospectus: its first row has none of the headings"
                ' %(known)s. If it is one, map its headings with --map "Heading=title".',
                known=", ".join(REQUIRED),
            )
        )
    missing = [field for field in REQUIRED if field not in positions and field not in without]
    if missing:
        raise FileFault(
            _(
                "Columns are missing: %(missing)s. The file has: %(found)s. Map a heading with"
                ' --map "Heading=%(example)s", or leave a column out with --without %(example)s.',
                missing=", ".join(missing),
                found=", ".join(heading[:40] or "–" for heading in header[:20]),
                example=missing[0],
            )
        )
    return positions, [
        heading for heading, field in zip(header, fields, strict=True) if field not in KNOWN
    ]


def _check_mapping(
    header: Sequence[str], mapping: Mapping[str, str], without: Collection[str]
) -> None:
    unknown = [field for field in (*mapping.values(), *without) if field not in KNOWN]
    if unknown:
        raise FileFault(
            _(
                "There is no field called %(names)s. The fields are: %(known)s.",
                names=", ".join(unknown),
                known=", ".join(KNOWN),
            )
        )
    if "title" in without:
        raise FileFault(_("A course needs a title: that column cannot be left out."))
    headings = {heading.casefold().strip() for heading in header}
    absent = [heading for heading in mapping if heading.casefold().strip() not in headings]
    if absent:
        raise FileFault(
            _(
                "The file has no column headed %(names)s. It has: %(found)s.",
                names=", ".join(absent),
                found=", ".join(heading[:40] for heading in header[:20]),
            )
        )
