"""Keys of authenticator apps are sealed; passwords that need one beside them"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from portal.vault import Place, Vault

revision = "core_0023"
down_revision = "core_0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("login", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("short_password", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("login", schema=None) as batch_op:
        batch_op.alter_column("short_password", server_default=None)
    kind, vault = _earlier_kind(), Vault(_settings())

    def seal(login_id: int, earlier: str) -> bytes:
        return vault.seal(_place(login_id), _opened(kind, earlier))

    _rewrite(sa.LargeBinary(), seal)


def downgrade() -> None:
    kind, vault = _earlier_kind(), Vault(_settings())

    def encrypt(login_id: int, sealed: bytes) -> str:
        key = vault.unseal(_place(login_id), bytes(sealed))
        return str(kind(key).to_json(encrypt=True))

    _rewrite(sa.String(length=400), encrypt)
    with op.batch_alter_table("login", schema=None) as batch_op:
        batch_op.drop_column("short_password")


def _rewrite(kind: sa.types.TypeEngine[Any], rewritten: Callable[[int, Any], Any]) -> None:
    """The column `secret` with another type, each value rewritten."""
    with op.batch_alter_table("authenticator", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rewritten", kind, nullable=True))
    table = sa.table(
        "authenticator",
        sa.column("login_id", sa.Integer()),
        sa.column("secret"),
        sa.column("rewritten", kind),
    )
    connection = op.get_bind()
    for login_id, value in connection.execute(sa.select(table.c.login_id, table.c.secret)).all():
        connection.execute(
            sa.update(table)
            .where(table.c.login_id == login_id)
            .values(rewritten=rewritten(login_id, value))
        )
    with op.batch_alter_table("authenticator", schema=None) as batch_op:
        batch_op.drop_column("secret")
    with op.batch_alter_table("authenticator", schema=None) as batch_op:
        batch_op.alter_column(
            "rewritten", new_column_name="secret", existing_type=kind, nullable=False
        )


def _opened(kind: Any, earlier: str) -> str:
    """The key in base 32. Where the portal's secret is another one by now, the app has shown wrong numbers
    since: a new key goes on saying no to it, and recovery codes still work.
    """
    try:
        return str(kind.from_source(earlier).base32_key)
    except Exception:  # noqa: BLE001 - whatever libpass says of what it cannot decrypt
        return str(kind.new().base32_key)


def _earlier_kind() -> Any:
    """What encrypted the keys with one that follows from the portal's secret."""
    from passlib.totp import TOTP, AppWallet

    secret = _settings().secret.encode()
    key = hmac.new(secret, b"accounts.authenticator", hashlib.sha256).hexdigest()
    return TOTP.using(wallet=AppWallet({"1": key}, encrypt_cost=8))


def _place(login_id: int) -> Place:
    return Place("authenticator", "secret", str(login_id))


def _settings() -> Any:
    return context.config.attributes["settings"]
