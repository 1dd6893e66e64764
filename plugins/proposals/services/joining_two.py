"""Two proposals that are alike: asked to become one, agreed to by everybody, merged; or linked."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.proposals import states
from plugins.proposals.models import Agreement, Credit, Relation, RelationState
from plugins.proposals.services.store import (
    GoneError,
    Loaded,
    forget_ending,
    load_all,
    merged_into,
    rules_of,
    save,
)
from plugins.proposals.services.taking_part import Part, add_to
from plugins.proposals.services.telling import tell_parts
from plugins.proposals.states import RefusedError, Why
from portal.audit import api as audit
from portal.plugin_api import Actor, insert_once, now


def ask(session: Session, actor: Actor, source_id: int, target_id: int) -> int:
    """Ask everybody of both whether `source` should go into `target`; the actor's own yes is given.

    Returns the relation's id. Asked again while it waits, it is the same one.

    Raises:
        GoneError: one of them is not there.
        RefusedError: NOT_HERE, SELF, STAGE, CYCLE.
    """
    if source_id == target_id:
        raise RefusedError(Why.SELF)
    both = load_all(session, [source_id, target_id])
    source, target = both[source_id], both[target_id]
    at = now()
    states.ask_to_merge(0, source.state, target.state, merged_into(session), at=at)
    if not any(_active(one, actor.person_id) for one in (source, target)):
        raise RefusedError(Why.NOT_HERE)
    found = session.scalar(
        sa.select(Relation).where(
            Relation.source_id == source_id,
            Relation.target_id == target_id,
            Relation.state == RelationState.ASKED,
        )
    )
    if found is None:
        found = Relation(
            source_id=source_id, target_id=target_id, state=RelationState.ASKED, asked_at=at
        )
        session.add(found)
        session.flush()
        audit.record(session, actor, "proposals:merge:ask", ("proposal", source_id))
        for one in (source, target):
            key = f"merge:{found.id}"
            tell_parts(session, one, "proposals:yes_needed", key=key, but=actor.person_id)
    return found.id


def _active(loaded: Loaded, person_id: int | None) -> list[int]:
    found = loaded.state.of_person(person_id)
    return [found.id] if found is not None and found.active else []


def agree(session: Session, actor: Actor, relation_id: int) -> bool:
    """The actor says yes. True when that was the last, and the two are one; said again, it is so still.

    Raises:
        GoneError: nothing of that number waits.
        RefusedError: NOT_HERE, STAGE where it is too late, CYCLE.
    """
    relation, source, target = _waiting(session, relation_id)
    mine = [*_active(source, actor.person_id), *_active(target, actor.person_id)]
    if relation.state is RelationState.MERGED and mine:
        return True
    if relation.state is not RelationState.ASKED:
        raise GoneError
    asked = _asked(session, relation, source, target)
    rules, at = rules_of(session), now()
    for key in mine or [-1]:
        asked = states.agree_to_merge(asked, source.state, target.state, key, at=at, rules=rules)
    for key in mine:
        insert_once(session, Agreement, contributor_id=key, about=_about(relation), at=at)
    audit.record(session, actor, "proposals:merge:agree", ("proposal", source.row.id))
    if not states.is_agreed(asked, source.state, target.state):
        return False
    _merge(session, actor, relation, asked, source, target)
    return True


def take_back(session: Session, actor: Actor, relation_id: int) -> None:
    """The actor's yes is none any more, as long as the two are two.

    Raises:
        GoneError: nothing of that number waits.
        RefusedError: NOT_HERE.
    """
    relation, source, target = _waiting(session, relation_id)
    if relation.state is not RelationState.ASKED:
        raise GoneError
    mine = [*_active(source, actor.person_id), *_active(target, actor.person_id)]
    if not mine:
        raise RefusedError(Why.NOT_HERE)
    session.execute(
        sa.delete(Agreement).where(
            Agreement.contributor_id.in_(mine), Agreement.about == _about(relation)
        )
    )
    session.flush()
    audit.record(session, actor, "proposals:merge:take_back", ("proposal", source.row.id))


def _waiting(session: Session, relation_id: int) -> tuple[Relation, Loaded, Loaded]:
    """What was asked, with both under their locks."""
    relation = session.get(Relation, relation_id)
    if relation is None:
        raise GoneError
    both = load_all(session, [relation.source_id, relation.target_id])
    session.refresh(relation)
    return relation, both[relation.source_id], both[relation.target_id]


def _about(relation: Relation) -> str:
    return f"merge:{relation.id}"


def _asked(session: Session, relation: Relation, source: Loaded, target: Loaded) -> states.Merge:
    yes = session.scalars(
        sa.select(Agreement.contributor_id).where(Agreement.about == _about(relation))
    )
    return states.Merge(
        relation.id, source.row.id, target.row.id, relation.asked_at, frozenset(yes)
    )


def _merge(
    session: Session,
    actor: Actor,
    relation: Relation,
    asked: states.Merge,
    source: Loaded,
    target: Loaded,
) -> None:
    rules, at = rules_of(session), now()
    placeholders = {one.person_id: 0 for one in source.state.active if one.person_id is not None}
    after, _ = states.merge(
        asked, source.state, target.state, merged_into(session), placeholders, at=at, rules=rules
    )
    for row in source.people:
        there = target.state.of_person(row.person_id)
        gone = row.person_id is None or row.left_at is not None
        if row.person_id is not None and not gone and (there is None or not there.active):
            credit = Credit(row.credit)
            part = Part(row.perspective, credit, row.pseudonym, how=row.agreed_how)
            add_to(session, actor, target, row.person_id, part)
    forget_ending(session, target)
    relation.state, relation.settled_at = RelationState.MERGED, at
    save(session, actor, source, after, "proposals:merge:done", details={"into": target.row.id})
