"""Who may call which page of this plugin: written by hand, read by people, never taken from the code."""

from __future__ import annotations

from collections.abc import Mapping

EVERYBODY = """
about                   GET
index                   GET
sheet                   GET
show                    GET
stands                  GET
versions                GET
versions_compared       GET
"""

# Their own things, or what each may see of others'. What they do not make is not there.
WHOEVER_IS_SIGNED_IN = """
agree_to_join           POST
answer                  GET POST
answer_asked            POST
appeal                  GET POST
both                    GET
do                      GET POST
invite                  GET POST
invited                 GET POST
join                    GET POST
join_with               GET POST
my_ideas                GET
my_part                 GET POST
rename                  GET POST
rungs                   GET POST
said                    GET
say                     GET POST
start                   GET POST
start_part              POST
support                 GET POST
take_back_asking        POST
take_back_join          POST
take_name_off           POST
typing                  POST
write                   GET POST
"""

BY_ROLE: Mapping[tuple[str, ...], str] = {
    ("board_member", "co_chair"): """
decide                  GET POST
""",
    ("contributor", "facilitator", "board_member", "co_chair"): """
confirm                 POST
declare                 GET POST
review                  GET POST
to_review               GET
""",
    ("coordinator",): """
after                   GET POST
begin_talk              POST
end_talk                POST
find_author             GET
from_box                GET POST
talk                    GET
write_down              GET POST
write_down_new          GET POST
""",
}

# They hang on what the same person did a moment before, and have tests of their own.
ELSEWHERE = frozenset(
    {("proposals.review", "GET"), ("proposals.review", "POST"), ("proposals.confirm", "POST")}
)
Route = tuple[str, str]


def routes(text: str) -> list[Route]:
    return [
        (f"proposals.{endpoint}", method)
        for endpoint, *methods in (line.split() for line in text.strip().splitlines())
        for method in methods
    ]


PUBLIC = frozenset(routes(EVERYBODY))
SIGNED_IN = frozenset(routes(WHOEVER_IS_SIGNED_IN))
ROLES_OF: Mapping[Route, frozenset[str]] = {
    route: frozenset(roles) for roles, text in BY_ROLE.items() for route in routes(text)
}
