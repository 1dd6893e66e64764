"""Who may call which page of this plugin: written by hand, read by people, never taken from the code."""

from __future__ import annotations

from collections.abc import Mapping

EVERYBODY = """
facts                   GET
confirm_bank            GET POST
quote                   GET
"""

# Their own claims alone. Those of others are not there.
WHOEVER_IS_SIGNED_IN = """
add                     GET POST
advance                 GET
answer                  POST
ask_ahead               GET POST
ask_ahead_for           GET POST
appeal                  GET POST
ceiling                 GET POST
bank                    GET
bank_is_right           POST
change_bank             GET POST
end_support             GET POST
helping                 GET POST
how_much                GET POST
index                   GET
mine                    GET
my_hours                GET
offer                   GET POST
offers                  GET
pace                    GET
receipt                 GET POST
receipt_file            GET
remove                  GET POST
remove_bank             GET POST
rename                  GET POST
say_for                 GET POST
say_no                  GET POST
send                    POST
show                    GET
spent_ahead             GET POST
start                   GET POST
statement               GET
statement_csv           GET
statement_pdf           GET
start_for               GET POST
start_from              POST
supporters              GET POST
throw_away              GET POST
when                    GET POST
whole                   GET POST
withdraw                GET POST
withdraw_ahead          GET POST
"""

BY_ROLE: Mapping[tuple[str, ...], str] = {
    ("coordinator", "treasurer"): """
adjust                  GET POST
again                   GET
approve_again           GET POST
ask                     GET POST
called                  GET POST
cancelled_ahead         GET POST
decide                  GET POST
decide_ahead            GET POST
desk_ahead              GET
desk_file               GET
several                 GET POST
set_for                 GET POST
to_decide               GET
decided                 GET
""",
    ("coordinator",): """
activities              GET
activity                GET
add_activity            GET POST
close_offer             GET POST
make_offer              GET POST
""",
    ("treasurer",): """
add_budget              GET POST
add_fact                GET POST
add_rate                GET POST
budget                  GET POST
budgets                 GET
hand_over               POST
hours                   GET
hours_of                GET POST
recognition             GET
paid_by_hand            POST
abandon_batch           POST
add_rate                GET POST
bank_layout             GET POST
batch                   GET
batch_file              GET
begin_cash              POST
export_batch            POST
leave_out               GET POST
lock_batch              POST
outcome                 GET POST
pay                     GET
pay_batches             GET
pay_cash                GET
pay_others              GET
pay_waiting             GET
put                     GET POST
payment                 GET POST
sign_cash               POST
stop_cash               POST
adjustments             GET POST
drop_adjustment         GET POST
settle_ahead            GET POST
""",
}
Route = tuple[str, str]


def routes(text: str) -> list[Route]:
    return [
        (f"claims.{endpoint}", method)
        for endpoint, *methods in (line.split() for line in text.strip().splitlines())
        for method in methods
    ]


PUBLIC = frozenset(routes(EVERYBODY))
SIGNED_IN = frozenset(routes(WHOEVER_IS_SIGNED_IN))
ROLES_OF: Mapping[Route, frozenset[str]] = {
    route: frozenset(roles) for roles, text in BY_ROLE.items() for route in routes(text)
}
