"""What the desk's terms are called on a page, in the reader's language."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.plugin_api.types import Words

# What to do first, by the kind of the route that somebody prefers.
FIRST_STEPS: dict[str, Words] = {
    "mobile": _l("Ring them"),
    "landline": _l("Ring them"),
    "letter": _l("Write them a letter"),
    "through_person": _l("Reach them through the person they named"),
    "email": _l("Ring or write to them"),
    "": _l("Ask how they can be reached when they next come in"),
}
ROUTES: dict[str, Words] = {
    "mobile": _l("Mobile phone"),
    "landline": _l("Landline phone"),
    "letter": _l("Letter"),
    "through_person": _l("Through somebody they named"),
    "email": _l("Email"),
}
OUTCOMES: dict[str, Words] = {
    "reached": _l("I reached them and told them"),
    "left_message": _l("I left a message"),
    "letter_posted": _l("I posted the letter"),
    "no_answer": _l("Nobody answered"),
    "done": _l("It is done"),
    "not_needed": _l("It is not needed any more"),
}
# Why a machine does not bring it, as `ByHand.why` says.
REASONS: dict[str, Words] = {
    "preferred": _l("They asked to be reached this way."),
    "no_route": _l("We have no way to reach them that they agreed to."),
    "no_texts": _l("We cannot send a text message there."),
    "not_safe": _l(
        "They have not said that a message can be left there, so we sent no text message."
    ),
    "no_short_words": _l("It is too long for a text message."),
    "refused": _l("We tried to send it, and it came back."),
}
REFUSALS: dict[str, Words] = {
    "ended": _l("This was done or closed by somebody else meanwhile. There is nothing more to do."),
    "changed": _l("Somebody wrote something down meanwhile. Please read it below, then go on."),
    "outcome": _l("Choose what came of it"),
}
