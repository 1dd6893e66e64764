"""A course as schema.org describes one: for its own page, and as a document of its own.

Programs read it, which know no language: texts are the course's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from portal import clock
from portal.courses.models import Mode, RunState
from portal.courses.queries.pages import CourseInfo, Place, RunInfo

ONSITE, ONLINE, BLENDED = "onsite", "online", "blended"
MODES = {Mode.IN_PERSON: ONSITE, Mode.ONLINE: ONLINE, Mode.BOTH: BLENDED}
ATTENDANCE = {
    Mode.IN_PERSON: "https://schema.org/OfflineEventAttendanceMode",
    Mode.ONLINE: "https://schema.org/OnlineEventAttendanceMode",
    Mode.BOTH: "https://schema.org/MixedEventAttendanceMode",
}


def course_data(
    course: CourseInfo, runs: Sequence[RunInfo], *, base_url: str, college: str, zone: str
) -> dict[str, Any]:
    """A `Course` with a `CourseInstance` for each of the runs that has dates."""
    return {
        "@context": "https://schema.org",
        "@type": "Course",
        "@id": base_url + course.url,
        "url": base_url + course.url,
        "name": course.title,
        "description": course.summary or course.title,
        "about": course.topic,
        "isAccessibleForFree": True,
        "provider": {
            "@type": "EducationalOrganization",
            "name": college,
            "url": base_url + "/",
        },
        "offers": {"@type": "Offer", "category": "Free", "price": 0, "priceCurrency": "GBP"},
        "hasCourseInstance": [
            _instance(
                run, base_url, as_promised(run.starts_at, zone), as_promised(run.ends_at, zone)
            )
            for run in runs
            if run.starts_at and run.ends_at
        ],
    }


def _instance(run: RunInfo, base_url: str, starts: str, ends: str) -> dict[str, Any]:
    status = "EventCancelled" if run.cancelled else "EventScheduled"
    instance: dict[str, Any] = {
        "@type": "CourseInstance",
        "@id": base_url + run.url,
        "url": base_url + run.url,
        "name": run.course_title,
        "courseMode": MODES[run.mode],
        "eventAttendanceMode": ATTENDANCE[run.mode],
        "eventStatus": f"https://schema.org/{status}",
        "startDate": starts,
        "endDate": ends,
        "courseSchedule": {
            "@type": "Schedule",
            "repeatFrequency": "Weekly",
            "repeatCount": sum(not one.cancelled for one in run.meetings),
        },
    }
    if run.state in {RunState.OPEN, RunState.RUNNING}:
        instance["remainingAttendeeCapacity"] = run.places
    locations = _locations(run, base_url)
    if locations:
        instance["location"] = locations if len(locations) > 1 else locations[0]
    return instance


def _locations(run: RunInfo, base_url: str) -> list[dict[str, Any]]:
    """Where it is. Of an online room only the run's own page is told: its address is for who has a place."""
    found = [_place(run.place)] if run.place is not None and run.mode is not Mode.ONLINE else []
    if run.mode is not Mode.IN_PERSON:
        found.append({"@type": "VirtualLocation", "url": base_url + run.url})
    return found


def _place(place: Place) -> dict[str, Any]:
    address = {
        "@type": "PostalAddress",
        "streetAddress": place.address,
        "postalCode": place.postcode,
        "addressCountry": "GB",
    }
    return {
        "@type": "Place",
        "name": place.name,
        "address": {key: value for key, value in address.items() if value},
    }


def as_promised(instant: datetime, zone: str) -> str:
    """With the offset of the college's own clock: whoever shows only the digits shows the right ones."""
    return clock.utc_to_wall(instant, zone).isoformat()
