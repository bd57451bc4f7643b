"""The log: entries, state, tiles, checkpoints, sealed details and the two erasable indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _tenant_year() -> list[sa.Column]:
    return [
        sa.Column("tenant", sa.String(16), primary_key=True),
        sa.Column("year", sa.SmallInteger, primary_key=True, autoincrement=False),
    ]


def _index(name: str, key: str, *more: sa.Column) -> None:
    op.create_table(
        name,
        sa.Column("tenant", sa.String(16), primary_key=True),
        sa.Column(key, sa.String(64), primary_key=True),
        sa.Column("year", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("idx", sa.BigInteger, primary_key=True, autoincrement=False),
        *more,
        sqlite_with_rowid=False,
    )


def upgrade() -> None:
    """Make the tables and, on SQLite, the triggers that keep them append-only."""
    op.create_table(
        "audit_log",
        *_tenant_year(),
        sa.Column("idx", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("leaf", sa.LargeBinary(32), nullable=False),
        sa.Column("entry", sa.LargeBinary, nullable=False),
        sa.Column("ms", sa.BigInteger, nullable=False),
        sa.Column("act", sa.String(64), nullable=False),
        sa.Column("pur", sa.String(128), nullable=False),
        sa.Column("org", sa.String(128), nullable=False),
    )
    for column in ("act", "pur", "org"):
        op.create_index(f"audit_log_{column}", "audit_log", ["tenant", "year", column, "idx"])
    op.create_table(
        "audit_state",
        *_tenant_year(),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("edge", sa.LargeBinary, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "audit_tile",
        *_tenant_year(),
        sa.Column("level", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("n", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "audit_checkpoint",
        *_tenant_year(),
        sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_table(
        "audit_detail",
        *_tenant_year(),
        sa.Column("idx", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("blob", sa.LargeBinary, nullable=False),
    )
    _index("audit_subject", "subject", sa.Column("sole", sa.Boolean, nullable=False))
    _index("audit_actor", "actor")
    if op.get_bind().dialect.name == "sqlite":
        for statement in _SQLITE_TRIGGERS:
            op.execute(statement)


# INSERT OR REPLACE fires no delete trigger unless recursive_triggers is on, hence the insert triggers.
_FIXED = """
CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
""", """
CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
""", """
CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE tenant = NEW.tenant AND year = NEW.year AND {key} = NEW.{key})
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""

_SQLITE_TRIGGERS = [
    statement.format(table=table, key=key)
    for table, key in (("audit_log", "idx"), ("audit_checkpoint", "size"))
    for statement in _FIXED
] + [
    """
    CREATE TRIGGER audit_tile_only_grows BEFORE UPDATE ON audit_tile
    WHEN NEW.tenant <> OLD.tenant OR NEW.year <> OLD.year OR NEW.level <> OLD.level OR NEW.n <> OLD.n
      OR length(NEW.hashes) < length(OLD.hashes)
      OR substr(NEW.hashes, 1, length(OLD.hashes)) <> OLD.hashes
    BEGIN SELECT RAISE(ABORT, 'audit_tile is append-only'); END
    """,
    """
    CREATE TRIGGER audit_tile_no_delete BEFORE DELETE ON audit_tile
    BEGIN SELECT RAISE(ABORT, 'audit_tile is append-only'); END
    """,
    """
    CREATE TRIGGER audit_tile_no_replace BEFORE INSERT ON audit_tile
    WHEN EXISTS (SELECT 1 FROM audit_tile WHERE tenant = NEW.tenant AND year = NEW.year
                 AND level = NEW.level AND n = NEW.n)
    BEGIN SELECT RAISE(ABORT, 'audit_tile is append-only'); END
    """,
    """
    CREATE TRIGGER audit_state_only_grows BEFORE UPDATE ON audit_state
    WHEN NEW.tenant <> OLD.tenant OR NEW.year <> OLD.year OR NEW.size < OLD.size OR NEW.last < OLD.last
    BEGIN SELECT RAISE(ABORT, 'audit_state only grows'); END
    """,
    """
    CREATE TRIGGER audit_state_no_delete BEFORE DELETE ON audit_state
    BEGIN SELECT RAISE(ABORT, 'audit_state only grows'); END
    """,
    """
    CREATE TRIGGER audit_detail_no_update BEFORE UPDATE ON audit_detail
    BEGIN SELECT RAISE(ABORT, 'audit_detail is written once'); END
    """,
]
