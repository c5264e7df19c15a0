"""First."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:  # noqa: PLR0915 - a list of tables
    op.create_table(
        "acceptances",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=128), nullable=False),
        sa.Column("dated", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=256), nullable=False),
        sa.Column("role", sa.String(length=256), nullable=False),
        sa.Column("authorised", sa.Boolean(), nullable=False),
        sa.Column("method", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "digest", name=op.f("pk_acceptances")),
    )
    op.create_table(
        "account_contacts",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("contact", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("uses", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("refused_at", sa.BigInteger(), nullable=True),
        sa.Column("refusal", sa.String(length=256), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "contact", name=op.f("pk_account_contacts")),
    )
    op.create_table(
        "accounts",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("parent", sa.String(length=64), nullable=True),
        sa.Column("friendly_name", sa.String(length=256), nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=128), nullable=False),
        sa.Column("token_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("secondary_hash", sa.String(length=128), nullable=True),
        sa.Column("secondary_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("secondary_at", sa.BigInteger(), nullable=True),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("stores_content", sa.Boolean(), nullable=False),
        sa.Column("proven", sa.Boolean(), nullable=False),
        sa.Column("rate", sa.Float(), nullable=True),
        sa.Column("queue_quota", sa.Integer(), nullable=True),
        sa.Column("brand", sa.String(length=256), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("attrs", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_accounts")),
    )
    op.create_index(op.f("ix_accounts_parent"), "accounts", ["parent"], unique=False)
    op.create_table(
        "acts",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("act", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("user", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("what", sa.String(length=48), nullable=False),
        sa.Column("about", sa.String(length=128), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "act", name=op.f("pk_acts")),
    )
    op.create_index(op.f("ix_acts_about"), "acts", ["about"], unique=False)
    op.create_index(op.f("ix_acts_at"), "acts", ["at"], unique=False)
    op.create_index(op.f("ix_acts_user_what_at"), "acts", ["user", "what", "at"], unique=False)
    op.create_table(
        "alerts",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("error_code", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(length=64), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("attrs", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_alerts")),
    )
    op.create_index(op.f("ix_alerts_account_at"), "alerts", ["account", "at"], unique=False)
    op.create_table(
        "allocations",
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_allocations")),
    )
    op.create_table(
        "alpha_senders",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sender", sa.String(length=16), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "sender", "service", name=op.f("pk_alpha_senders")),
    )
    op.create_table(
        "appeals",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("about", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("filed_by", sa.String(length=64), nullable=False),
        sa.Column("filed_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("decided_by", sa.String(length=128), nullable=True),
        sa.Column("because", sa.String(length=512), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_appeals")),
    )
    op.create_index(op.f("ix_appeals_account_about"), "appeals", ["account", "about"], unique=False)
    op.create_index(op.f("ix_appeals_account_filed_at"), "appeals", ["account", "filed_at"], unique=False)
    op.create_index(
        "ix_appeals_open",
        "appeals",
        ["account", "about"],
        unique=True,
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_table(
        "applications",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("friendly_name", sa.String(length=256), nullable=False),
        sa.Column("sms_url", sa.String(length=2048), nullable=False),
        sa.Column("sms_method", sa.String(length=8), nullable=False),
        sa.Column("sms_fallback_url", sa.String(length=2048), nullable=False),
        sa.Column("sms_status_callback", sa.String(length=2048), nullable=False),
        sa.Column("message_status_callback", sa.String(length=2048), nullable=False),
        sa.Column("voice_url", sa.String(length=2048), nullable=False),
        sa.Column("voice_method", sa.String(length=8), nullable=False),
        sa.Column("voice_fallback_url", sa.String(length=2048), nullable=False),
        sa.Column("voice_fallback_method", sa.String(length=8), nullable=False),
        sa.Column("status_callback", sa.String(length=2048), nullable=False),
        sa.Column("status_callback_method", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_applications")),
    )
    op.create_table(
        "associate_agreements",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=128), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account", "reference", name=op.f("pk_associate_agreements")),
    )
    op.create_table(
        "authority_orders",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("order", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("target", sa.String(length=128), nullable=False),
        sa.Column("authority", sa.String(length=256), nullable=False),
        sa.Column("reference", sa.String(length=256), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("gag", sa.Boolean(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account", "order", name=op.f("pk_authority_orders")),
    )
    op.create_table(
        "binds",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("system_id", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.String(length=256), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("rate", sa.Float(), nullable=True),
        sa.Column("window", sa.Integer(), nullable=True),
        sa.Column("sessions", sa.Integer(), nullable=True),
        sa.Column("end_user", sa.String(length=64), nullable=True),
        sa.Column("reasons", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "system_id", name=op.f("pk_binds")),
    )
    op.create_index(op.f("ix_binds_system_id"), "binds", ["system_id"], unique=True)
    op.create_table(
        "blocks",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("end_user", sa.String(length=128), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=256), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "end_user", "person", name=op.f("pk_blocks")),
    )
    op.create_table(
        "brands",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("attrs", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_brands")),
    )
    op.create_table(
        "caller_id_claims",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("friendly_name", sa.String(length=64), nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("because", sa.String(length=512), nullable=False),
        sa.Column("decided_by", sa.String(length=128), nullable=False),
        sa.Column("filed_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent", sa.String(length=64), nullable=True),
        sa.Column("status_callback", sa.String(length=2048), nullable=False),
        sa.Column("status_method", sa.String(length=8), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_caller_id_claims")),
    )
    op.create_index(
        op.f("ix_caller_id_claims_account_filed_at"), "caller_id_claims", ["account", "filed_at"], unique=False
    )
    op.create_index(
        op.f("ix_caller_id_claims_account_number_filed_at"),
        "caller_id_claims",
        ["account", "number", "filed_at"],
        unique=False,
    )
    op.create_index(op.f("ix_caller_id_claims_filed_at"), "caller_id_claims", ["filed_at"], unique=False)
    op.create_index(
        op.f("ix_caller_id_claims_outcome_how_filed_at"),
        "caller_id_claims",
        ["outcome", "how", "filed_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_caller_id_claims_person_filed_at"), "caller_id_claims", ["person", "filed_at"], unique=False
    )
    op.create_table(
        "caller_ids",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("friendly_name", sa.String(length=64), nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("proven_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_caller_ids")),
        sa.UniqueConstraint("account", "number", name=op.f("uq_caller_ids_account_number")),
    )
    op.create_table(
        "calls",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("direction", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("principal", sa.String(length=64), nullable=False),
        sa.Column("sender", sa.String(length=400), nullable=False),
        sa.Column("recipient", sa.String(length=400), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("error_message", sa.String(length=256), nullable=True),
        sa.Column("purpose", sa.String(length=16), nullable=True),
        sa.Column("campaign", sa.String(length=64), nullable=True),
        sa.Column("end_user", sa.String(length=128), nullable=True),
        sa.Column("brief", sa.String(length=16), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("offered_at", sa.BigInteger(), nullable=False),
        sa.Column("ringing_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("response", sa.Integer(), nullable=True),
        sa.Column("cause", sa.Integer(), nullable=True),
        sa.Column("released_by", sa.String(length=16), nullable=True),
        sa.Column("answered_by", sa.String(length=16), nullable=True),
        sa.Column("agent_after", sa.Float(), nullable=True),
        sa.Column("trunk", sa.String(length=64), nullable=False),
        sa.Column("decision", sa.String(length=64), nullable=True),
        sa.Column("exemption", sa.String(length=32), nullable=True),
        sa.Column("parent", sa.String(length=64), nullable=True),
        sa.Column("process", sa.String(length=64), nullable=False),
        sa.Column("attrs", sa.Text(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_calls")),
    )
    op.create_index(op.f("ix_calls_account_offered_at"), "calls", ["account", "offered_at"], unique=False)
    op.create_index(op.f("ix_calls_account_parent"), "calls", ["account", "parent"], unique=False)
    op.create_index(
        op.f("ix_calls_account_person_offered_at"), "calls", ["account", "person", "offered_at"], unique=False
    )
    op.create_index(
        "ix_calls_live",
        "calls",
        ["offered_at"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL AND status <> 'refused'"),
        postgresql_where=sa.text("ended_at IS NULL AND status <> 'refused'"),
    )
    op.create_table(
        "campaigns",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=True),
        sa.Column("service", sa.String(length=64), nullable=True),
        sa.Column("use_case", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("age_gated", sa.Boolean(), nullable=False),
        sa.Column("embedded_links", sa.Boolean(), nullable=False),
        sa.Column("embedded_phones", sa.Boolean(), nullable=False),
        sa.Column("direct_lending", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("attrs", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_campaigns")),
    )
    op.create_table(
        "carrier_ids",
        sa.Column("trunk", sa.String(length=64), nullable=False),
        sa.Column("carrier_id", sa.String(length=80), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("trunk", "carrier_id", name=op.f("pk_carrier_ids")),
    )
    op.create_index(op.f("ix_carrier_ids_account_sid"), "carrier_ids", ["account", "sid"], unique=False)
    op.create_table(
        "case_events",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("said", sa.String(length=1024), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "sid", "seq", name=op.f("pk_case_events")),
    )
    op.create_table(
        "cases",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("about", sa.String(length=1024), nullable=False),
        sa.Column("requester", sa.String(length=256), nullable=False),
        sa.Column("reference", sa.String(length=256), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=128), nullable=False),
        sa.Column("silent", sa.String(length=16), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("deadlines", sa.Text(), nullable=False),
        sa.Column("due", sa.String(length=32), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column("holds_until", sa.BigInteger(), nullable=True),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("opened_by", sa.String(length=128), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("because", sa.String(length=512), nullable=False),
        sa.Column("closed_by", sa.String(length=128), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_cases")),
    )
    op.create_index(op.f("ix_cases_account_opened_at"), "cases", ["account", "opened_at"], unique=False)
    op.create_index(
        "ix_cases_open",
        "cases",
        ["due_at", "sid"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "chat_blocks",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=128), nullable=False),
        sa.Column("blocked", sa.String(length=128), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "person", "blocked", name=op.f("pk_chat_blocks")),
    )
    op.create_index(op.f("ix_chat_blocks_account_blocked"), "chat_blocks", ["account", "blocked"], unique=False)
    op.create_table(
        "chat_messages",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("author", sa.String(length=128), nullable=False),
        sa.Column("participant", sa.String(length=64), nullable=True),
        sa.Column("edit", sa.String(length=64), nullable=True),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.Column("withheld", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.Column("removed_by", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "conversation", "place", name=op.f("pk_chat_messages")),
    )
    op.create_index(op.f("ix_chat_messages_account_sid"), "chat_messages", ["account", "sid"], unique=True)
    op.create_table(
        "chat_participants",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("identity", sa.String(length=128), nullable=True),
        sa.Column("address", sa.String(length=32), nullable=True),
        sa.Column("proxy", sa.String(length=32), nullable=True),
        sa.Column("role", sa.String(length=64), nullable=True),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("invited_by", sa.String(length=128), nullable=False),
        sa.Column("gone", sa.String(length=8), nullable=False),
        sa.Column("joined_at", sa.BigInteger(), nullable=True),
        sa.Column("read_index", sa.Integer(), nullable=True),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "conversation", "sid", name=op.f("pk_chat_participants")),
    )
    op.create_index(
        op.f("ix_chat_participants_account_conversation_name"),
        "chat_participants",
        ["account", "conversation", "name"],
        unique=False,
    )
    op.create_index(
        op.f("ix_chat_participants_account_identity"), "chat_participants", ["account", "identity"], unique=False
    )
    op.create_index(
        op.f("ix_chat_participants_account_invited_by_created_at"),
        "chat_participants",
        ["account", "invited_by", "created_at"],
        unique=False,
    )
    op.create_index(op.f("ix_chat_participants_address_proxy"), "chat_participants", ["address", "proxy"], unique=False)
    op.create_table(
        "chat_receipts",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("message", sa.String(length=64), nullable=False),
        sa.Column("participant", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("text", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("error", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "message", "participant", name=op.f("pk_chat_receipts")),
    )
    op.create_table(
        "chat_users",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("identity", sa.String(length=128), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("friendly_name", sa.String(length=256), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "identity", name=op.f("pk_chat_users")),
    )
    op.create_index(op.f("ix_chat_users_sid"), "chat_users", ["sid"], unique=True)
    op.create_table(
        "chat_webhooks",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("url", sa.String(length=2048), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("filters", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "conversation", "sid", name=op.f("pk_chat_webhooks")),
    )
    op.create_table(
        "checkpoints",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("heads", sa.Text(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_checkpoints")),
    )
    op.create_table(
        "communications",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("direction", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("principal", sa.String(length=64), nullable=False),
        sa.Column("sender", sa.String(length=320), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("shortened", sa.Text(), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("error_message", sa.String(length=256), nullable=True),
        sa.Column("purpose", sa.String(length=16), nullable=True),
        sa.Column("campaign", sa.String(length=64), nullable=True),
        sa.Column("service", sa.String(length=64), nullable=True),
        sa.Column("end_user", sa.String(length=128), nullable=True),
        sa.Column("idempotency_key", sa.String(length=256), nullable=True),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("send_at", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("trunk", sa.String(length=64), nullable=True),
        sa.Column("decision", sa.String(length=64), nullable=True),
        sa.Column("status_callback", sa.String(length=2048), nullable=True),
        sa.Column("exemption", sa.String(length=32), nullable=True),
        sa.Column("max_price", sa.String(length=32), nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("discard", sa.Boolean(), nullable=False),
        sa.Column("attrs", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_communications")),
        sa.UniqueConstraint("account", "idempotency_key", name=op.f("uq_communications_account_idempotency_key")),
    )
    op.create_index(
        op.f("ix_communications_account_created_at"), "communications", ["account", "created_at"], unique=False
    )
    op.create_index(
        op.f("ix_communications_account_person_created_at"),
        "communications",
        ["account", "person", "created_at"],
        unique=False,
    )
    op.create_index(
        "ix_communications_dead",
        "communications",
        ["account", "person", "error_code", "created_at", "done_at"],
        unique=False,
        sqlite_where=sa.text("error_code IN (30005, 30006)"),
        postgresql_where=sa.text("error_code IN (30005, 30006)"),
    )
    op.create_index(
        "ix_communications_died",
        "communications",
        ["account", "error_code", "created_at", "campaign", "end_user", "person"],
        unique=False,
        sqlite_where=sa.text("error_code IN (30005, 30006)"),
        postgresql_where=sa.text("error_code IN (30005, 30006)"),
    )
    op.create_index(
        "ix_communications_discard",
        "communications",
        ["account", "sid"],
        unique=False,
        sqlite_where=sa.text("discard = 1"),
        postgresql_where=sa.text("discard"),
    )
    op.create_index(
        "ix_communications_filtered",
        "communications",
        ["account", "error_code", "created_at"],
        unique=False,
        sqlite_where=sa.text("error_code = 30007"),
        postgresql_where=sa.text("error_code = 30007"),
    )
    op.create_table(
        "complaints",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("complaint", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("sender", sa.String(length=320), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=True),
        sa.Column("communication", sa.String(length=64), nullable=True),
        sa.Column("campaign", sa.String(length=64), nullable=True),
        sa.Column("end_user", sa.String(length=128), nullable=True),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("unheard_since", sa.BigInteger(), nullable=True),
        sa.Column("attrs", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "complaint", name=op.f("pk_complaints")),
    )
    op.create_index(
        "ix_complaints_by_person",
        "complaints",
        ["person", "at"],
        unique=False,
        sqlite_where=sa.text("source = 'recipient'"),
        postgresql_where=sa.text("source = 'recipient'"),
    )
    op.create_index(
        "ix_complaints_unheard",
        "complaints",
        ["unheard_since"],
        unique=False,
        sqlite_where=sa.text("unheard_since IS NOT NULL"),
        postgresql_where=sa.text("unheard_since IS NOT NULL"),
    )
    op.create_table(
        "conferences",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("ended_by", sa.String(length=64), nullable=False),
        sa.Column("process", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_conferences")),
    )
    op.create_index(op.f("ix_conferences_account_created_at"), "conferences", ["account", "created_at"], unique=False)
    op.create_table(
        "consents",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.Column("medium", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("campaign", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("proof", sa.String(length=2048), nullable=False),
        sa.Column("shown", sa.String(length=4096), nullable=False),
        sa.Column("masked", sa.String(length=320), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account", "person", "purpose", name=op.f("pk_consents")),
    )
    op.create_index(
        "ix_consents_shared",
        "consents",
        ["person", "given_at"],
        unique=False,
        sqlite_where=sa.text("source <> ''"),
        postgresql_where=sa.text("source <> ''"),
    )
    op.create_table(
        "contacts",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("masked", sa.String(length=320), nullable=False),
        sa.Column("country", sa.String(length=8), nullable=False),
        sa.Column("postcode", sa.String(length=16), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "person", name=op.f("pk_contacts")),
    )
    op.create_table(
        "contents",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("friendly_name", sa.String(length=256), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("types", sa.Text(), nullable=False),
        sa.Column("variables", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_contents")),
    )
    op.create_table(
        "conversations",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("unique_name", sa.String(length=256), nullable=True),
        sa.Column("friendly_name", sa.String(length=256), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("messaging_service", sa.String(length=64), nullable=True),
        sa.Column("created_by", sa.String(length=128), nullable=False),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("first_author", sa.String(length=128), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("last_author", sa.String(length=128), nullable=False),
        sa.Column("streak", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_conversations")),
    )
    op.create_index(
        op.f("ix_conversations_account_created_at"), "conversations", ["account", "created_at"], unique=False
    )
    op.create_index(
        op.f("ix_conversations_account_unique_name"), "conversations", ["account", "unique_name"], unique=True
    )
    op.create_table(
        "deactivated",
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_deactivated")),
    )
    op.create_table(
        "decisions",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("moment", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("revision", sa.String(length=64), nullable=False),
        sa.Column("stopped_by", sa.String(length=16), nullable=True),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("account", "id", name=op.f("pk_decisions")),
    )
    op.create_index(op.f("ix_decisions_account_at"), "decisions", ["account", "at"], unique=False)
    op.create_index(op.f("ix_decisions_account_subject_at"), "decisions", ["account", "subject", "at"], unique=False)
    op.create_index(
        "ix_decisions_stopped",
        "decisions",
        ["at", "stopped_by", "subject"],
        unique=False,
        sqlite_where=sa.text("stopped_by IS NOT NULL"),
        postgresql_where=sa.text("stopped_by IS NOT NULL"),
    )
    op.create_table(
        "demotions",
        sa.Column("rule", sa.String(length=16), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("stopped", sa.Integer(), nullable=False),
        sa.Column("overturned", sa.Integer(), nullable=False),
        sa.Column("budget", sa.Float(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("rule", "since", name=op.f("pk_demotions")),
    )
    op.create_index(
        "ix_demotions_in_force",
        "demotions",
        ["rule"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "dmarc_reports",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("organisation", sa.String(length=256), nullable=False),
        sa.Column("reference", sa.String(length=256), nullable=False),
        sa.Column("policy", sa.String(length=16), nullable=False),
        sa.Column("begins_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("mails", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("truncated", sa.BigInteger(), nullable=False),
        sa.Column("tallies", sa.Text(), nullable=False),
        sa.Column("arrived_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_dmarc_reports")),
        sa.UniqueConstraint(
            "account",
            "domain",
            "organisation",
            "reference",
            name=op.f("uq_dmarc_reports_account_domain_organisation_reference"),
        ),
    )
    op.create_index(
        op.f("ix_dmarc_reports_account_arrived_at"), "dmarc_reports", ["account", "arrived_at"], unique=False
    )
    op.create_table(
        "end_users",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("end_user", sa.String(length=128), nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=256), nullable=False),
        sa.Column("terms_accepted_at", sa.BigInteger(), nullable=True),
        sa.Column("stopped_at", sa.BigInteger(), nullable=True),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "end_user", name=op.f("pk_end_users")),
    )
    op.create_table(
        "errands",
        sa.Column("errand", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("user", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("failed", sa.String(length=512), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("errand", name=op.f("pk_errands")),
    )
    op.create_index(op.f("ix_errands_kind_at"), "errands", ["kind", "at"], unique=False)
    op.create_table(
        "faxes",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("media", sa.String(length=64), nullable=False),
        sa.Column("quality", sa.String(length=16), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("ecm", sa.Boolean(), nullable=False),
        sa.Column("packets", sa.Boolean(), nullable=False),
        sa.Column("far", sa.String(length=32), nullable=False),
        sa.Column("words", sa.String(length=256), nullable=False),
        sa.Column("call", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_faxes")),
    )
    op.create_index(op.f("ix_faxes_account_created_at"), "faxes", ["account", "created_at"], unique=False)
    op.create_index(op.f("ix_faxes_state"), "faxes", ["state"], unique=False)
    op.create_table(
        "files",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("content_type", sa.String(length=128), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("as_is", sa.Boolean(), nullable=False),
        sa.Column("look", sa.Text(), nullable=False),
        sa.Column("attached", sa.Boolean(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.Column("kept_until", sa.BigInteger(), nullable=True),
        sa.Column("gone_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_files")),
    )
    op.create_index(op.f("ix_files_account_source"), "files", ["account", "source"], unique=False)
    op.create_index(op.f("ix_files_digest"), "files", ["digest"], unique=False)
    op.create_index(op.f("ix_files_used_at"), "files", ["used_at"], unique=False)
    op.create_table(
        "geo_permissions",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("region", sa.String(length=8), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("account", "region", name=op.f("pk_geo_permissions")),
    )
    op.create_table(
        "greetings",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("mailbox", sa.String(length=64), nullable=False),
        sa.Column("pcm", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "mailbox", name=op.f("pk_greetings")),
    )
    op.create_table(
        "guidelines",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("document", sa.String(length=128), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("recipient", sa.String(length=256), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "document", "version", name=op.f("pk_guidelines")),
    )
    op.create_table(
        "holds",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("clause", sa.String(length=8), nullable=False),
        sa.Column("rule", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=512), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("decided_by", sa.String(length=128), nullable=True),
        sa.Column("taken_by", sa.String(length=64), nullable=True),
        sa.Column("taken_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_holds")),
    )
    op.create_index(op.f("ix_holds_outcome_until"), "holds", ["outcome", "until"], unique=False)
    op.create_table(
        "imports",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("good", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "name", name=op.f("pk_imports")),
    )
    op.create_table(
        "incidents",
        sa.Column("incident", sa.String(length=64), nullable=False),
        sa.Column("target", sa.String(length=253), nullable=False),
        sa.Column("what", sa.String(length=256), nullable=False),
        sa.Column("penalty", sa.Float(), nullable=False),
        sa.Column("capacity", sa.Float(), nullable=False),
        sa.Column("hours", sa.Float(), nullable=False),
        sa.Column("route", sa.Boolean(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("incident", name=op.f("pk_incidents")),
    )
    op.create_table(
        "installation",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_installation")),
    )
    op.create_table(
        "keys",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("friendly_name", sa.String(length=256), nullable=False),
        sa.Column("secret_hash", sa.String(length=128), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_keys")),
    )
    op.create_index(op.f("ix_keys_sid"), "keys", ["sid"], unique=True)
    op.create_table(
        "known_domains",
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("registered_at", sa.BigInteger(), nullable=True),
        sa.Column("listed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_known_domains")),
    )
    op.create_table(
        "ledger",
        sa.Column("chain", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "seq", name=op.f("pk_ledger")),
    )
    op.create_index(op.f("ix_ledger_account_ref"), "ledger", ["account", "ref"], unique=False)
    op.create_table(
        "licences",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("trade", sa.String(length=32), nullable=False),
        sa.Column("place", sa.String(length=16), nullable=False),
        sa.Column("number", sa.String(length=128), nullable=False),
        sa.Column("authority", sa.String(length=256), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account", "trade", "place", name=op.f("pk_licences")),
    )
    op.create_table(
        "link_domains",
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_link_domains")),
    )
    op.create_index(op.f("ix_link_domains_account"), "link_domains", ["account"], unique=False)
    op.create_table(
        "mail_domains",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("campaign", sa.String(length=64), nullable=True),
        sa.Column("postal", sa.String(length=512), nullable=False),
        sa.Column("proven_at", sa.BigInteger(), nullable=True),
        sa.Column("checked_at", sa.BigInteger(), nullable=True),
        sa.Column("found", sa.String(length=256), nullable=False),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "domain", name=op.f("pk_mail_domains")),
    )
    op.create_index(op.f("ix_mail_domains_account_sid"), "mail_domains", ["account", "sid"], unique=False)
    op.create_table(
        "mail_envelopes",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("letter", sa.String(length=64), nullable=False),
        sa.Column("original", sa.String(length=512), nullable=False),
        sa.Column("envelope", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_mail_envelopes")),
    )
    op.create_index(op.f("ix_mail_envelopes_account_letter"), "mail_envelopes", ["account", "letter"], unique=False)
    op.create_table(
        "mail_keys",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("selector", sa.String(length=64), nullable=False),
        sa.Column("algorithm", sa.String(length=16), nullable=False),
        sa.Column("private_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("public", sa.String(length=1024), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "domain", "selector", name=op.f("pk_mail_keys")),
    )
    op.create_table(
        "mail_letters",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("letter", sa.String(length=64), nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "letter", name=op.f("pk_mail_letters")),
    )
    op.create_table(
        "mail_routes",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("url", sa.String(length=2048), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("fallback_url", sa.String(length=2048), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "address", name=op.f("pk_mail_routes")),
    )
    op.create_index(op.f("ix_mail_routes_account_sid"), "mail_routes", ["account", "sid"], unique=False)
    op.create_index(op.f("ix_mail_routes_address"), "mail_routes", ["address"], unique=False)
    op.create_table(
        "mail_suppressions",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("masked", sa.String(length=320), nullable=False),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.Column("said", sa.String(length=256), nullable=False),
        sa.Column("about", sa.String(length=64), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account", "person", name=op.f("pk_mail_suppressions")),
    )
    op.create_table(
        "mailboxes",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("rings", sa.Integer(), nullable=False),
        sa.Column("longest", sa.Integer(), nullable=False),
        sa.Column("keep_days", sa.Integer(), nullable=False),
        sa.Column("greeting_url", sa.String(length=2048), nullable=False),
        sa.Column("pin_hash", sa.String(length=256), nullable=True),
        sa.Column("wrong_pins", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.BigInteger(), nullable=True),
        sa.Column("notify_url", sa.String(length=2048), nullable=False),
        sa.Column("notify_method", sa.String(length=4), nullable=False),
        sa.Column("transcription", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_mailboxes")),
    )
    op.create_index(op.f("ix_mailboxes_account_number"), "mailboxes", ["account", "number"], unique=True)
    op.create_table(
        "mails",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("mail", sa.String(length=64), nullable=False),
        sa.Column("statement", sa.String(length=64), nullable=False),
        sa.Column("about", sa.String(length=64), nullable=True),
        sa.Column("use", sa.String(length=16), nullable=False),
        sa.Column("contact", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("instead_of", sa.String(length=254), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("answer", sa.String(length=256), nullable=False),
        sa.Column("alternate", sa.String(length=64), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account", "mail", name=op.f("pk_mails")),
    )
    op.create_index(op.f("ix_mails_account_about"), "mails", ["account", "about"], unique=False)
    op.create_index(op.f("ix_mails_account_statement"), "mails", ["account", "statement"], unique=False)
    op.create_table(
        "media",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("message", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("content_type", sa.String(length=128), nullable=False),
        sa.Column("use", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "message", "sid", name=op.f("pk_media")),
    )
    op.create_index(op.f("ix_media_account_sid"), "media", ["account", "sid"], unique=False)
    op.create_table(
        "media_hashes",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("tier", sa.String(length=16), nullable=False),
        sa.Column("work", sa.String(length=256), nullable=False),
        sa.Column("holder", sa.String(length=256), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("listed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "hash", "source", name=op.f("pk_media_hashes")),
    )
    op.create_table(
        "never_originate",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("listed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_never_originate")),
    )
    op.create_table(
        "notices",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=2048), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("about", sa.String(length=64), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("ready_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("account", "id", name=op.f("pk_notices")),
    )
    op.create_index(
        op.f("ix_notices_way_claimed_by_ready_at"), "notices", ["way", "claimed_by", "ready_at"], unique=False
    )
    op.create_table(
        "number_holds",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("because", sa.String(length=256), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", "kind", name=op.f("pk_number_holds")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "number_usage",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("inbound", sa.Integer(), nullable=False),
        sa.Column("outbound", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", "day", name=op.f("pk_number_usage")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "numbers",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=True),
        sa.Column("sid", sa.String(length=64), nullable=True),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("region", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("sms", sa.Boolean(), nullable=False),
        sa.Column("mms", sa.Boolean(), nullable=False),
        sa.Column("voice", sa.Boolean(), nullable=False),
        sa.Column("fax", sa.Boolean(), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=True),
        sa.Column("campaign", sa.String(length=64), nullable=True),
        sa.Column("verification", sa.String(length=64), nullable=False),
        sa.Column("friendly_name", sa.String(length=256), nullable=False),
        sa.Column("sms_url", sa.String(length=2048), nullable=False),
        sa.Column("sms_method", sa.String(length=8), nullable=False),
        sa.Column("sms_fallback_url", sa.String(length=2048), nullable=False),
        sa.Column("sms_application", sa.String(length=64), nullable=True),
        sa.Column("voice_url", sa.String(length=2048), nullable=False),
        sa.Column("voice_method", sa.String(length=8), nullable=False),
        sa.Column("voice_fallback_url", sa.String(length=2048), nullable=False),
        sa.Column("voice_fallback_method", sa.String(length=8), nullable=False),
        sa.Column("voice_application", sa.String(length=64), nullable=True),
        sa.Column("status_callback", sa.String(length=2048), nullable=False),
        sa.Column("status_callback_method", sa.String(length=8), nullable=False),
        sa.Column("receive_mode", sa.String(length=8), nullable=False),
        sa.Column("acquired_at", sa.BigInteger(), nullable=True),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("reserved_by", sa.String(length=64), nullable=True),
        sa.Column("reserved_until", sa.BigInteger(), nullable=True),
        sa.Column("kept_for", sa.String(length=128), nullable=False),
        sa.Column("business", sa.Boolean(), nullable=False),
        sa.Column("attrs", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_numbers")),
    )
    op.create_index(op.f("ix_numbers_account_number"), "numbers", ["account", "number"], unique=False)
    op.create_index(op.f("ix_numbers_provider_state"), "numbers", ["provider", "state"], unique=False)
    op.create_index(op.f("ix_numbers_reserved_by"), "numbers", ["reserved_by"], unique=False)
    op.create_index(op.f("ix_numbers_service"), "numbers", ["service"], unique=False)
    op.create_index(op.f("ix_numbers_sid"), "numbers", ["sid"], unique=False)
    op.create_table(
        "opt_outs",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("said", sa.String(length=64), nullable=False),
        sa.Column("via", sa.String(length=320), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("masked", sa.String(length=320), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("restored_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account", "person", name=op.f("pk_opt_outs")),
    )
    op.create_table(
        "overturns",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("decision", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.String(length=16), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("because", sa.String(length=512), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "decision", name=op.f("pk_overturns")),
    )
    op.create_index(op.f("ix_overturns_account_subject"), "overturns", ["account", "subject"], unique=False)
    op.create_index(op.f("ix_overturns_at"), "overturns", ["at"], unique=False)
    op.create_index(op.f("ix_overturns_decided_at_rule"), "overturns", ["decided_at", "rule"], unique=False)
    op.create_table(
        "passkeys",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("user", sa.String(length=64), nullable=False),
        sa.Column("passkey", sa.String(length=512), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "user", "passkey", name=op.f("pk_passkeys")),
    )
    op.create_index(op.f("ix_passkeys_passkey"), "passkeys", ["passkey"], unique=True)
    op.create_table(
        "persons",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("masked", sa.String(length=320), nullable=False),
        sa.Column("joined_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "person", name=op.f("pk_persons")),
    )
    op.create_index(op.f("ix_persons_account_sid"), "persons", ["account", "sid"], unique=False)
    op.create_table(
        "policy_texts",
        sa.Column("digest", sa.String(length=128), nullable=False),
        sa.Column("dated", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("current_from", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_policy_texts")),
    )
    op.create_table(
        "processes",
        sa.Column("process", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("process", name=op.f("pk_processes")),
    )
    op.create_table(
        "queue",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("ready_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("claimed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_queue")),
    )
    op.create_index(op.f("ix_queue_claimed_by_ready_at"), "queue", ["claimed_by", "ready_at"], unique=False)
    op.create_table(
        "reassigned",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.String(length=64), nullable=False),
        sa.Column("consent_date", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "person", name=op.f("pk_reassigned")),
    )
    op.create_table(
        "recipient_codes",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("visit", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("masked", sa.String(length=320), nullable=False),
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_recipient_codes")),
    )
    op.create_index(op.f("ix_recipient_codes_client_asked_at"), "recipient_codes", ["client", "asked_at"], unique=False)
    op.create_index(op.f("ix_recipient_codes_person_asked_at"), "recipient_codes", ["person", "asked_at"], unique=False)
    op.create_index(op.f("ix_recipient_codes_sent_at"), "recipient_codes", ["sent_at"], unique=False)
    op.create_index(op.f("ix_recipient_codes_visit_asked_at"), "recipient_codes", ["visit", "asked_at"], unique=False)
    op.create_table(
        "recipient_sessions",
        sa.Column("session", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("masked", sa.String(length=320), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("session", name=op.f("pk_recipient_sessions")),
    )
    op.create_table(
        "reclamation_log",
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("said", sa.String(length=1024), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("sid", "seq", name=op.f("pk_reclamation_log")),
    )
    op.create_table(
        "reclamations",
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("said", sa.String(length=512), nullable=False),
        sa.Column("opened", sa.String(length=10), nullable=False),
        sa.Column("deadline", sa.String(length=10), nullable=False),
        sa.Column("notices", sa.Text(), nullable=False),
        sa.Column("told", sa.String(length=10), nullable=True),
        sa.Column("contest", sa.String(length=8000), nullable=False),
        sa.Column("contested_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("because", sa.String(length=512), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("before", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_reclamations")),
    )
    op.create_index(op.f("ix_reclamations_account_opened"), "reclamations", ["account", "opened"], unique=False)
    op.create_index(
        "ix_reclamations_open",
        "reclamations",
        ["number"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "recording_events",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("leg", sa.Integer(), nullable=True),
        sa.Column("person", sa.String(length=64), nullable=True),
        sa.Column("told", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "sid", "number", name=op.f("pk_recording_events")),
    )
    op.create_table(
        "recordings",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("call", sa.String(length=64), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("channels", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("digests", sa.Text(), nullable=False),
        sa.Column("decision", sa.String(length=64), nullable=True),
        sa.Column("basis", sa.String(length=32), nullable=False),
        sa.Column("listener", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.Column("erased_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_recordings")),
    )
    op.create_index(op.f("ix_recordings_account_asked_at"), "recordings", ["account", "asked_at"], unique=False)
    op.create_index(op.f("ix_recordings_account_call"), "recordings", ["account", "call"], unique=False)
    op.create_index(op.f("ix_recordings_state"), "recordings", ["state"], unique=False)
    op.create_table(
        "records",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("account", "id", name=op.f("pk_records")),
    )
    op.create_table(
        "registries",
        sa.Column("registry", sa.String(length=32), nullable=False),
        sa.Column("region", sa.String(length=8), nullable=False),
        sa.Column("digest", sa.String(length=16), nullable=False),
        sa.Column("numbers", sa.BigInteger(), nullable=False),
        sa.Column("loaded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("registry", name=op.f("pk_registries")),
    )
    op.create_table(
        "revisions",
        sa.Column("revision", sa.String(length=64), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("process", sa.String(length=64), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("revision", "since", name=op.f("pk_revisions")),
    )
    op.create_index(op.f("ix_revisions_since"), "revisions", ["since"], unique=False)
    op.create_table(
        "rights_notices",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("notice", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=253), nullable=False),
        sa.Column("holder", sa.String(length=256), nullable=False),
        sa.Column("work", sa.String(length=256), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("countered_at", sa.BigInteger(), nullable=True),
        sa.Column("suit", sa.Boolean(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account", "notice", name=op.f("pk_rights_notices")),
    )
    op.create_table(
        "safe_numbers",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "person", name=op.f("pk_safe_numbers")),
    )
    op.create_table(
        "samples",
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cluster", sa.String(length=64), nullable=False),
        sa.Column("alike", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("sid", "seq", name=op.f("pk_samples")),
    )
    op.create_table(
        "scheduled_calls",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("sender", sa.String(length=400), nullable=False),
        sa.Column("recipient", sa.String(length=400), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("ready_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("claimed_at", sa.BigInteger(), nullable=True),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_scheduled_calls")),
    )
    op.create_index(
        op.f("ix_scheduled_calls_account_created_at"), "scheduled_calls", ["account", "created_at"], unique=False
    )
    op.create_index(op.f("ix_scheduled_calls_status_ready_at"), "scheduled_calls", ["status", "ready_at"], unique=False)
    op.create_table(
        "second_reviews",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.String(length=16), nullable=False),
        sa.Column("first", sa.String(length=16), nullable=False),
        sa.Column("first_by", sa.String(length=128), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("second", sa.String(length=16), nullable=True),
        sa.Column("second_by", sa.String(length=128), nullable=True),
        sa.Column("second_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_second_reviews")),
    )
    op.create_index(op.f("ix_second_reviews_second_first_at"), "second_reviews", ["second", "first_at"], unique=False)
    op.create_table(
        "services",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("friendly_name", sa.String(length=256), nullable=False),
        sa.Column("inbound_request_url", sa.String(length=2048), nullable=False),
        sa.Column("inbound_method", sa.String(length=8), nullable=False),
        sa.Column("fallback_url", sa.String(length=2048), nullable=False),
        sa.Column("status_callback", sa.String(length=2048), nullable=False),
        sa.Column("sticky_sender", sa.Boolean(), nullable=False),
        sa.Column("smart_encoding", sa.Boolean(), nullable=False),
        sa.Column("mms_converter", sa.Boolean(), nullable=False),
        sa.Column("number_webhooks", sa.Boolean(), nullable=False),
        sa.Column("validity_period", sa.Integer(), nullable=False),
        sa.Column("use_case", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("attrs", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_services")),
    )
    op.create_table(
        "sessions",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user", sa.String(length=64), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("proven", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "token_hash", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_token_hash"), "sessions", ["token_hash"], unique=True)
    op.create_table(
        "short_links",
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("message", sa.String(length=64), nullable=False),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("clicks", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("clicked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("domain", "code", name=op.f("pk_short_links")),
    )
    op.create_index(op.f("ix_short_links_account_created_at"), "short_links", ["account", "created_at"], unique=False)
    op.create_index(op.f("ix_short_links_account_message"), "short_links", ["account", "message"], unique=False)
    op.create_table(
        "sip_contacts",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("contact", sa.String(length=255), nullable=False),
        sa.Column("host", sa.String(length=45), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("user", sa.String(length=128), nullable=False),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "login", "contact", name=op.f("pk_sip_contacts")),
    )
    op.create_table(
        "sip_logins",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("ha1_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("realm", sa.String(length=255), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=45), nullable=True),
        sa.Column("number", sa.String(length=16), nullable=True),
        sa.Column("end_user", sa.String(length=64), nullable=True),
        sa.Column("at_once", sa.Integer(), nullable=True),
        sa.Column("a_second", sa.Float(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "login", name=op.f("pk_sip_logins")),
    )
    op.create_index(op.f("ix_sip_logins_login"), "sip_logins", ["login"], unique=True)
    op.create_index(op.f("ix_sip_logins_source"), "sip_logins", ["source"], unique=True)
    op.create_table(
        "snoozes",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("snooze", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.String(length=16), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("target", sa.String(length=128), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("because", sa.String(length=512), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(length=128), nullable=True),
        sa.PrimaryKeyConstraint("account", "snooze", name=op.f("pk_snoozes")),
    )
    op.create_index(op.f("ix_snoozes_account_until"), "snoozes", ["account", "until"], unique=False)
    op.create_table(
        "standing",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("step_id", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("target", sa.String(length=128), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("clause", sa.String(length=8), nullable=False),
        sa.Column("rule", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=256), nullable=False),
        sa.Column("remedy", sa.String(length=512), nullable=False),
        sa.Column("silent", sa.String(length=16), nullable=False),
        sa.Column("decision", sa.String(length=64), nullable=True),
        sa.Column("per_minute", sa.Float(), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("acts_from", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_by", sa.String(length=256), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.Column("undone_by", sa.String(length=128), nullable=True),
        sa.Column("undone_because", sa.String(length=512), nullable=True),
        sa.PrimaryKeyConstraint("account", "step_id", name=op.f("pk_standing")),
    )
    op.create_index(op.f("ix_standing_account_scope_target"), "standing", ["account", "scope", "target"], unique=False)
    op.create_table(
        "statements",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(length=24), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=True),
        sa.Column("appeal", sa.String(length=64), nullable=True),
        sa.Column("silent", sa.String(length=16), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_statements")),
    )
    op.create_index(op.f("ix_statements_account_at"), "statements", ["account", "at"], unique=False)
    op.create_index(op.f("ix_statements_account_step"), "statements", ["account", "step"], unique=False)
    op.create_table(
        "sticky_senders",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("sender", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("account", "service", "person", name=op.f("pk_sticky_senders")),
    )
    op.create_table(
        "tallies",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("moment", sa.String(length=16), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("rule", sa.String(length=16), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "hour", "moment", "verdict", "rule", name=op.f("pk_tallies")),
    )
    op.create_index(op.f("ix_tallies_hour"), "tallies", ["hour"], unique=False)
    op.create_table(
        "usage_rules",
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("said", sa.String(length=512), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_usage_rules")),
    )
    op.create_table(
        "users",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("user", sa.String(length=64), nullable=False),
        sa.Column("login", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.String(length=256), nullable=False),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("totp_step", sa.BigInteger(), nullable=False),
        sa.Column("recovery", sa.Text(), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("shut_until", sa.BigInteger(), nullable=True),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "user", name=op.f("pk_users")),
    )
    op.create_index(op.f("ix_users_login"), "users", ["login"], unique=True)
    op.create_table(
        "video_participants",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("room", sa.String(length=64), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(length=128), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("state", sa.String(length=3), nullable=False),
        sa.Column("joined_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("left_at", sa.BigInteger(), nullable=True),
        sa.Column("gone", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=256), nullable=False),
        sa.Column("decision", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_video_participants")),
    )
    op.create_index(op.f("ix_video_participants_account_room"), "video_participants", ["account", "room"], unique=False)
    op.create_table(
        "video_rooms",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("end_user", sa.String(length=128), nullable=True),
        sa.Column("records", sa.Boolean(), nullable=False),
        sa.Column("basis", sa.String(length=32), nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("process", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_video_rooms")),
    )
    op.create_index(op.f("ix_video_rooms_account_created_at"), "video_rooms", ["account", "created_at"], unique=False)
    op.create_index(op.f("ix_video_rooms_account_name"), "video_rooms", ["account", "name"], unique=False)
    op.create_table(
        "voicemails",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("mailbox", sa.String(length=64), nullable=False),
        sa.Column("call", sa.String(length=64), nullable=False),
        sa.Column("recording", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("sender", sa.String(length=400), nullable=False),
        sa.Column("recipient", sa.String(length=400), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("decision", sa.String(length=64), nullable=True),
        sa.Column("left_at", sa.BigInteger(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=True),
        sa.Column("gone_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account", "sid", name=op.f("pk_voicemails")),
    )
    op.create_index(
        op.f("ix_voicemails_account_mailbox_left_at"), "voicemails", ["account", "mailbox", "left_at"], unique=False
    )
    op.create_index(op.f("ix_voicemails_state"), "voicemails", ["state"], unique=False)
    op.create_table(
        "webhook_attempts",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("attempt", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("notice", sa.String(length=64), nullable=False),
        sa.Column("about", sa.String(length=64), nullable=True),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("url", sa.String(length=2048), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(length=256), nullable=False),
        sa.Column("took", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account", "attempt", name=op.f("pk_webhook_attempts")),
    )
    op.create_index(op.f("ix_webhook_attempts_account_about"), "webhook_attempts", ["account", "about"], unique=False)
    op.create_index(op.f("ix_webhook_attempts_account_at"), "webhook_attempts", ["account", "at"], unique=False)
    # ### end Alembic commands ###
