"""What this plugin keeps about people, how they get it back, and how it is let go."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from plugins.proposals.models import (
    Comment,
    Credit,
    Declaration,
    Invitation,
    Outcome,
    Review,
    Step,
)
from plugins.proposals.privacy import parts, said
from plugins.proposals.privacy.merging import merge_asked, merge_parts, merge_reviews
from plugins.proposals.privacy.parts import listed_consents, withdraw_consent
from portal.plugin_api import ConsentKind, Keeping, PrivacySource, deleted, moved, unnamed

_TOGETHER = _l("You agreed to make it with others")
_LONG = _l("As long as the idea is kept, since it is the story of a course")
_EVERYBODY = _l("Everybody, as you chose to be named")

SOURCES = (
    PrivacySource(
        table="proposals_draft",
        subject="contributor_id → proposals_contributor.person_id",
        what=_l("What you are still writing for an idea, and what support you asked for"),
        seen_by=_l("You; of support, the coordinators"),
        purpose=_l("So that nothing you type is lost, and to help you take part"),
        lawful_basis=_TOGETHER,
        sensitivity="confidential",
        retention=_l(
            "Until you keep it, or 90 days after you last typed; of support, until you take part no longer"
        ),
        export=parts.export_drafts,
        erase=parts.erase_drafts,
        keeping=(Keeping(parts.drafts_before, parts.forget_drafts, days=90),),
    ),
    PrivacySource(
        table="proposals_version",
        subject="contributor_id → proposals_contributor.person_id",
        what=_l("What you wrote for an idea"),
        seen_by=_EVERYBODY,
        purpose=_l("To make a course together, and see how it came to be"),
        lawful_basis=_TOGETHER,
        sensitivity="ordinary",
        retention=_LONG,
        export=parts.export_written,
        erase=parts.erase_written,
        on_erasure="pseudonymise",
    ),
    PrivacySource(
        table="proposals_contributor",
        subject="person_id",
        what=_l("Which ideas you take part in, what you bring, and how you are named"),
        seen_by=_l(
            "Everybody, as you chose to be named; what you bring, those who make it with you"
        ),
        purpose=_l("To know who makes a course, and to thank them"),
        lawful_basis=_TOGETHER,
        sensitivity="special",
        retention=_LONG,
        export=parts.export_parts,
        erase=parts.erase_parts,
        merge=merge_parts,
        on_erasure="pseudonymise",
    ),
    PrivacySource(
        table="proposals_comment",
        subject="person_id",
        what=_l("What you said about ideas, and how you are named for it"),
        seen_by=_l(
            "Everybody, as you chose to be named; what you said with those who make it before comments were "
            "invited, they alone"
        ),
        purpose=_l("To make ideas better, and to thank you"),
        lawful_basis=_l("You chose to say it"),
        sensitivity="ordinary",
        retention=_LONG,
        export=said.export_comments,
        erase=unnamed(Comment.person_id, credit=Credit.NONE, pseudonym=""),
        merge=moved(Comment.person_id),
        on_erasure="pseudonymise",
    ),
    PrivacySource(
        table="proposals_invitation",
        subject="person_id",
        what=_l("That you asked to join an idea"),
        seen_by=_l("The people who are making it"),
        purpose=_l("So that they can answer you"),
        lawful_basis=_l("You asked for it"),
        sensitivity="special",
        retention=_l("As long as the idea is kept"),
        export=said.export_asked,
        erase=deleted(Invitation.person_id),
        merge=merge_asked,
    ),
    PrivacySource(
        table="proposals_declaration",
        subject="person_id",
        what=_l("What personal interest you have in an idea that you reviewed"),
        seen_by=_l("Whoever decides"),
        purpose=_l("So that nobody judges what they gain from"),
        lawful_basis=_l("Legitimate interest in fair decisions"),
        sensitivity="confidential",
        retention=_LONG,
        export=said.export_declared,
        erase=unnamed(Declaration.person_id, interests="", employer=""),
        merge=moved(Declaration.person_id, once=(Declaration.proposal_id, Declaration.round)),
        on_erasure="pseudonymise",
    ),
    PrivacySource(
        table="proposals_review",
        subject="person_id",
        what=_l("What you said as a reviewer"),
        seen_by=_l("Whoever decides, with your name; others without it"),
        purpose=_l("To decide about ideas together"),
        lawful_basis=_l("Legitimate interest in fair decisions"),
        sensitivity="special",
        retention=_LONG,
        export=said.export_reviews,
        erase=unnamed(Review.person_id),
        merge=merge_reviews,
        on_erasure="pseudonymise",
    ),
    PrivacySource(
        table="proposals_step",
        subject="by_id",
        what=_l("Which steps you took for an idea"),
        purpose=_l("To tell how a course came to be"),
        lawful_basis=_TOGETHER,
        sensitivity="ordinary",
        retention=_LONG,
        export=said.export_steps,
        erase=unnamed(Step.by_id),
        merge=moved(Step.by_id),
        on_erasure="pseudonymise",
    ),
    PrivacySource(
        table="proposals_outcome",
        subject="decided_by_id",
        what=_l("What you decided about ideas"),
        purpose=_l("To say who decided, and that an appeal goes to others"),
        lawful_basis=_l("Legitimate interest in decisions that can be followed"),
        sensitivity="ordinary",
        retention=_LONG,
        export=said.export_decided,
        erase=unnamed(Outcome.decided_by_id),
        merge=moved(Outcome.decided_by_id),
        on_erasure="pseudonymise",
    ),
)

CONSENTS = (
    ConsentKind(
        kind="proposals:part",
        title=_l("Making courses with others"),
        after=_l(
            "You take part no longer. What you gave stays, and you stay thanked for it as you chose. You may "
            "come back at any time."
        ),
        listed=listed_consents,
        withdraw=withdraw_consent,
    ),
)
