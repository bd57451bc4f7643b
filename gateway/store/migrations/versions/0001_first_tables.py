"""Create the gateway's tables: parties, signals, cases, calls and governance."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table and index of this owner."""
    op.create_table('gateway_absence',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('absence_id', sa.String(), nullable=False),
    sa.Column('user_id', sa.String(), nullable=False),
    sa.Column('replacement', sa.String(), nullable=False),
    sa.Column('from_at', sa.BigInteger(), nullable=False),
    sa.Column('until_at', sa.BigInteger(), nullable=False),
    sa.Column('recorded_by', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'absence_id', name=op.f('pk_gateway_absence'))
    )
    op.create_index(op.f('ix_gateway_absence_replacement'), 'gateway_absence', ['replacement'], unique=False)
    op.create_index(op.f('ix_gateway_absence_user_id'), 'gateway_absence', ['user_id'], unique=False)
    op.create_table('gateway_assertion',
    sa.Column('client_id', sa.String(), nullable=False),
    sa.Column('jti', sa.String(), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('client_id', 'jti', name=op.f('pk_gateway_assertion'))
    )
    op.create_table('gateway_assignment',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('assignment_id', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('user_id', sa.String(), nullable=False),
    sa.Column('from_at', sa.BigInteger(), nullable=False),
    sa.Column('until_at', sa.BigInteger(), nullable=True),
    sa.Column('assigned_by', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'assignment_id', name=op.f('pk_gateway_assignment'))
    )
    op.create_index('ix_gateway_assignment_case', 'gateway_assignment', ['tenant', 'case_id'], unique=False)
    op.create_table('gateway_attempt',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('attempt_id', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('lease_id', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('daypart', sa.String(), nullable=False),
    sa.Column('outcome', sa.String(), nullable=False),
    sa.Column('reached', sa.Boolean(), nullable=False),
    sa.Column('verified', sa.Boolean(), nullable=False),
    sa.Column('script_code', sa.String(), nullable=False),
    sa.Column('script_version', sa.Integer(), nullable=False),
    sa.Column('party_id', sa.String(), nullable=False),
    sa.Column('user_id', sa.String(), nullable=True),
    sa.Column('tips', sa.Boolean(), nullable=False),
    sa.Column('tips_card', sa.String(), nullable=True),
    sa.Column('callback_at', sa.BigInteger(), nullable=True),
    sa.Column('note', sa.LargeBinary(), nullable=True),
    sa.Column('note_subject', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('tenant', 'attempt_id', name=op.f('pk_gateway_attempt'))
    )
    op.create_index('ix_gateway_attempt_case', 'gateway_attempt', ['tenant', 'case_id', 'at'], unique=False)
    op.create_index('ix_gateway_attempt_party', 'gateway_attempt', ['tenant', 'party_id', 'at'], unique=False)
    op.create_table('gateway_billed',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('unit_id', sa.String(), nullable=False),
    sa.Column('month', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=True),
    sa.Column('party_id', sa.String(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('credit', sa.String(), nullable=True),
    sa.Column('credited_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('tenant', 'unit_id', name=op.f('pk_gateway_billed')),
    sa.UniqueConstraint('tenant', 'month', 'case_id', name=op.f('uq_gateway_billed_tenant_month_case_id'))
    )
    op.create_index('ix_gateway_billed_case', 'gateway_billed', ['tenant', 'case_id'], unique=False)
    op.create_index('ix_gateway_billed_taken', 'gateway_billed', ['tenant', 'month', 'credit'], unique=False)
    op.create_table('gateway_blocked_number',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('number', sa.LargeBinary(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('until', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'number', name=op.f('pk_gateway_blocked_number'))
    )
    op.create_index('ix_gateway_blocked_number_until', 'gateway_blocked_number', ['tenant', 'until'], unique=False)
    op.create_table('gateway_case',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('month', sa.String(), nullable=False),
    sa.Column('run_id', sa.String(), nullable=False),
    sa.Column('opened_at', sa.BigInteger(), nullable=False),
    sa.Column('category', sa.String(), nullable=False),
    sa.Column('urgent', sa.Boolean(), nullable=False),
    sa.Column('over_limit', sa.Boolean(), nullable=False),
    sa.Column('samenloop', sa.String(), nullable=False),
    sa.Column('trace', sa.String(), nullable=False),
    sa.Column('script_code', sa.String(), nullable=False),
    sa.Column('script_version', sa.Integer(), nullable=False),
    sa.Column('not_before', sa.BigInteger(), nullable=False),
    sa.Column('promised_at', sa.BigInteger(), nullable=True),
    sa.Column('promised_to', sa.String(), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('reached', sa.Boolean(), nullable=False),
    sa.Column('phone_blocked', sa.Boolean(), nullable=False),
    sa.Column('protected', sa.Boolean(), nullable=False),
    sa.Column('restricted', sa.String(), nullable=True),
    sa.Column('offer_at', sa.BigInteger(), nullable=True),
    sa.Column('offer_channel', sa.String(), nullable=True),
    sa.Column('offer_due', sa.BigInteger(), nullable=False),
    sa.Column('notice_at', sa.BigInteger(), nullable=True),
    sa.Column('accepted_at', sa.BigInteger(), nullable=True),
    sa.Column('first_talk_due', sa.BigInteger(), nullable=True),
    sa.Column('owner', sa.String(), nullable=True),
    sa.Column('team', sa.String(), nullable=True),
    sa.Column('previous', sa.String(), nullable=True),
    sa.Column('closed_at', sa.BigInteger(), nullable=True),
    sa.Column('close_reason', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('tenant', 'case_id', name=op.f('pk_gateway_case'))
    )
    op.create_index('ix_gateway_case_accepted', 'gateway_case', ['tenant', 'accepted_at'], unique=False)
    op.create_index('ix_gateway_case_month', 'gateway_case', ['tenant', 'month'], unique=False)
    op.create_index('ix_gateway_case_owner', 'gateway_case', ['tenant', 'owner'], unique=False)
    op.create_index('ix_gateway_case_state', 'gateway_case', ['tenant', 'state', 'not_before'], unique=False)
    op.create_table('gateway_case_signal',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('signal_id', sa.String(), nullable=False),
    sa.Column('linked_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'case_id', 'signal_id', name=op.f('pk_gateway_case_signal'))
    )
    op.create_index('ix_gateway_case_signal_signal', 'gateway_case_signal', ['tenant', 'signal_id'], unique=False)
    op.create_table('gateway_certificate',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('run_id', sa.String(), nullable=False),
    sa.Column('jws', sa.String(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'run_id', name=op.f('pk_gateway_certificate'))
    )
    op.create_table('gateway_client',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('client_id', sa.String(), nullable=False),
    sa.Column('party_id', sa.String(), nullable=False),
    sa.Column('user_id', sa.String(), nullable=True),
    sa.Column('jwk', sa.String(), nullable=False),
    sa.Column('allow_rs256', sa.Boolean(), nullable=False),
    sa.Column('purposes', sa.String(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'client_id', name=op.f('pk_gateway_client')),
    sa.UniqueConstraint('client_id', name=op.f('uq_gateway_client_client_id'))
    )
    op.create_table('gateway_confidant',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('user_id', sa.String(), nullable=False),
    sa.Column('named_at', sa.BigInteger(), nullable=False),
    sa.Column('named_by', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'case_id', 'user_id', name=op.f('pk_gateway_confidant'))
    )
    op.create_table('gateway_conflict',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('user_id', sa.String(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'case_id', 'user_id', name=op.f('pk_gateway_conflict'))
    )
    op.create_table('gateway_delivery',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('delivery_id', sa.String(), nullable=False),
    sa.Column('party_id', sa.String(), nullable=False),
    sa.Column('received_at', sa.BigInteger(), nullable=False),
    sa.Column('idempotency_key', sa.String(), nullable=True),
    sa.Column('fingerprint', sa.LargeBinary(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('accepted', sa.Integer(), nullable=False),
    sa.Column('bsn_dropped', sa.Integer(), nullable=False),
    sa.Column('results', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'delivery_id', name=op.f('pk_gateway_delivery')),
    sa.UniqueConstraint('tenant', 'party_id', 'idempotency_key', name=op.f('uq_gateway_delivery_tenant_party_id_idempotency_key'))
    )
    op.create_index('ix_gateway_delivery_fingerprint', 'gateway_delivery', ['tenant', 'party_id', 'fingerprint'], unique=False)
    op.create_index('ix_gateway_delivery_received', 'gateway_delivery', ['tenant', 'received_at'], unique=False)
    op.create_table('gateway_emergency',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('emergency_id', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('party_id', sa.String(), nullable=False),
    sa.Column('user_id', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('started_at', sa.BigInteger(), nullable=False),
    sa.Column('until_at', sa.BigInteger(), nullable=False),
    sa.Column('review_due', sa.BigInteger(), nullable=False),
    sa.Column('reviewed_at', sa.BigInteger(), nullable=True),
    sa.Column('reviewed_by', sa.String(), nullable=True),
    sa.Column('verdict', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('tenant', 'emergency_id', name=op.f('pk_gateway_emergency'))
    )
    op.create_index('ix_gateway_emergency_case', 'gateway_emergency', ['tenant', 'case_id', 'user_id'], unique=False)
    op.create_index('ix_gateway_emergency_open', 'gateway_emergency', ['tenant', 'reviewed_at'], unique=False)
    op.create_table('gateway_expiry',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('plan_id', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'case_id', name=op.f('pk_gateway_expiry'))
    )
    op.create_table('gateway_feedback',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('signal_id', sa.String(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('pause_until', sa.String(), nullable=True),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'signal_id', name=op.f('pk_gateway_feedback'))
    )
    op.create_index('ix_gateway_feedback_at', 'gateway_feedback', ['tenant', 'at'], unique=False)
    op.create_table('gateway_handover',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('requested_at', sa.BigInteger(), nullable=False),
    sa.Column('verified', sa.Boolean(), nullable=False),
    sa.Column('threatening', sa.Boolean(), nullable=False),
    sa.Column('first_talk_due', sa.BigInteger(), nullable=False),
    sa.Column('decision_due', sa.BigInteger(), nullable=True),
    sa.Column('note', sa.LargeBinary(), nullable=True),
    sa.Column('note_subject', sa.String(), nullable=True),
    sa.Column('acknowledged_at', sa.BigInteger(), nullable=True),
    sa.Column('acknowledged_by', sa.String(), nullable=True),
    sa.Column('first_talk_at', sa.BigInteger(), nullable=True),
    sa.Column('outcome', sa.String(), nullable=True),
    sa.Column('help_given', sa.String(), nullable=True),
    sa.Column('settled_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('tenant', 'case_id', name=op.f('pk_gateway_handover'))
    )
    op.create_index('ix_gateway_handover_open', 'gateway_handover', ['tenant', 'acknowledged_at'], unique=False)
    op.create_table('gateway_help_record',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('record_id', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('recorded_by', sa.String(), nullable=False),
    sa.Column('outcome', sa.String(), nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('help_given', sa.String(), nullable=False),
    sa.Column('referrals', sa.String(), nullable=False),
    sa.Column('opinions', sa.String(), nullable=False),
    sa.Column('report', sa.String(), nullable=True),
    sa.Column('report_reason', sa.String(), nullable=True),
    sa.Column('note', sa.LargeBinary(), nullable=True),
    sa.Column('note_subject', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('tenant', 'record_id', name=op.f('pk_gateway_help_record'))
    )
    op.create_index('ix_gateway_help_record_case', 'gateway_help_record', ['tenant', 'case_id', 'at'], unique=False)
    op.create_table('gateway_hold',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('hold_id', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('placed_by', sa.String(), nullable=False),
    sa.Column('placed_at', sa.BigInteger(), nullable=False),
    sa.Column('lifted_at', sa.BigInteger(), nullable=True),
    sa.Column('lifted_by', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('tenant', 'hold_id', name=op.f('pk_gateway_hold'))
    )
    op.create_index('ix_gateway_hold_case', 'gateway_hold', ['tenant', 'case_id'], unique=False)
    op.create_table('gateway_inbox',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('message', sa.LargeBinary(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'message', name=op.f('pk_gateway_inbox'))
    )
    op.create_table('gateway_incident',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('incident_id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('signal_id', sa.String(), nullable=False),
    sa.Column('party_id', sa.String(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('due', sa.BigInteger(), nullable=False),
    sa.Column('verdict', sa.String(), nullable=True),
    sa.Column('judged_by', sa.String(), nullable=True),
    sa.Column('judged_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('tenant', 'incident_id', name=op.f('pk_gateway_incident'))
    )
    op.create_index('ix_gateway_incident_case', 'gateway_incident', ['tenant', 'case_id'], unique=False)
    op.create_index('ix_gateway_incident_open', 'gateway_incident', ['tenant', 'judged_at', 'due'], unique=False)
    op.create_index('ix_gateway_incident_signal', 'gateway_incident', ['tenant', 'signal_id'], unique=False)
    op.create_table('gateway_lease',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('lease_id', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('signal_id', sa.String(), nullable=False),
    sa.Column('party_id', sa.String(), nullable=False),
    sa.Column('client_id', sa.String(), nullable=False),
    sa.Column('user_id', sa.String(), nullable=True),
    sa.Column('ref', sa.String(), nullable=False),
    sa.Column('leased_at', sa.BigInteger(), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('inbound', sa.Boolean(), nullable=False),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.Column('verified_at', sa.BigInteger(), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('control', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('tenant', 'lease_id', name=op.f('pk_gateway_lease'))
    )
    op.create_index('ix_gateway_lease_case', 'gateway_lease', ['tenant', 'case_id', 'state'], unique=False)
    op.create_index('ix_gateway_lease_client', 'gateway_lease', ['tenant', 'client_id', 'state'], unique=False)
    op.create_index('ix_gateway_lease_control', 'gateway_lease', ['tenant', 'control'], unique=False)
    op.create_index('ix_gateway_lease_recall', 'gateway_lease', ['tenant', 'party_id', 'ended_at'], unique=False)
    op.create_index('ix_gateway_lease_ref', 'gateway_lease', ['tenant', 'party_id', 'ref', 'state'], unique=False)
    op.create_table('gateway_link',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('link_id', sa.String(), nullable=False),
    sa.Column('a', sa.String(), nullable=False),
    sa.Column('b', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('rule', sa.String(), nullable=False),
    sa.Column('evidence', sa.String(), nullable=False),
    sa.Column('ruleset', sa.String(), nullable=False),
    sa.Column('run_id', sa.String(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('revoked_at', sa.BigInteger(), nullable=True),
    sa.Column('revoked_by', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('tenant', 'link_id', name=op.f('pk_gateway_link'))
    )
    op.create_index('ix_gateway_link_a', 'gateway_link', ['tenant', 'a'], unique=False)
    op.create_index('ix_gateway_link_b', 'gateway_link', ['tenant', 'b'], unique=False)
    op.create_index('ix_gateway_link_run', 'gateway_link', ['tenant', 'run_id'], unique=False)
    op.create_table('gateway_month_end',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('plan_id', sa.String(), nullable=False),
    sa.Column('month', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('planned_by', sa.String(), nullable=False),
    sa.Column('planned_at', sa.BigInteger(), nullable=False),
    sa.Column('waiting', sa.Integer(), nullable=False),
    sa.Column('letter_batch', sa.String(), nullable=False),
    sa.Column('confirmed_by', sa.String(), nullable=True),
    sa.Column('run_at', sa.BigInteger(), nullable=True),
    sa.Column('undo_until', sa.BigInteger(), nullable=True),
    sa.Column('undone_by', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('tenant', 'plan_id', name=op.f('pk_gateway_month_end'))
    )
    op.create_table('gateway_month_end_item',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('plan_id', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('action', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('few', sa.String(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('state_before', sa.String(), nullable=False),
    sa.Column('closed_before', sa.BigInteger(), nullable=True),
    sa.Column('reason_before', sa.String(), nullable=True),
    sa.Column('outcome', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('tenant', 'plan_id', 'case_id', name=op.f('pk_gateway_month_end_item'))
    )
    op.create_index('ix_gateway_month_end_item_case', 'gateway_month_end_item', ['tenant', 'case_id'], unique=False)
    op.create_index('ix_gateway_month_end_item_outcome', 'gateway_month_end_item', ['tenant', 'plan_id', 'outcome', 'case_id'], unique=False)
    op.create_table('gateway_offer',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('offer_id', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('template', sa.String(), nullable=True),
    sa.Column('ordered_at', sa.BigInteger(), nullable=False),
    sa.Column('ordered_by', sa.String(), nullable=False),
    sa.Column('planned_for', sa.String(), nullable=True),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('batch_id', sa.String(), nullable=True),
    sa.Column('done_at', sa.BigInteger(), nullable=True),
    sa.Column('result', sa.String(), nullable=True),
    sa.Column('notice', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'offer_id', name=op.f('pk_gateway_offer'))
    )
    op.create_index('ix_gateway_offer_case', 'gateway_offer', ['tenant', 'case_id'], unique=False)
    op.create_index('ix_gateway_offer_open', 'gateway_offer', ['tenant', 'channel', 'done_at'], unique=False)
    op.create_table('gateway_outbox',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('message_id', sa.String(), nullable=False),
    sa.Column('destination', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('reference', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('payload', sa.LargeBinary(), nullable=True),
    sa.Column('queued_at', sa.BigInteger(), nullable=False),
    sa.Column('not_before', sa.BigInteger(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('done_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('tenant', 'message_id', name=op.f('pk_gateway_outbox')),
    sa.UniqueConstraint('tenant', 'destination', 'case_id', 'version', name=op.f('uq_gateway_outbox_tenant_destination_case_id_version'))
    )
    op.create_index('ix_gateway_outbox_case', 'gateway_outbox', ['tenant', 'case_id'], unique=False)
    op.create_index('ix_gateway_outbox_due', 'gateway_outbox', ['tenant', 'destination', 'state', 'not_before'], unique=False)
    op.create_table('gateway_party',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('party_id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('partner_type', sa.String(), nullable=True),
    sa.Column('column_map', sa.String(), nullable=True),
    sa.Column('bsn_policy', sa.String(), nullable=False),
    sa.Column('forbidden_columns', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'party_id', name=op.f('pk_gateway_party'))
    )
    op.create_table('gateway_proposal',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('proposal_id', sa.String(), nullable=False),
    sa.Column('a', sa.String(), nullable=False),
    sa.Column('b', sa.String(), nullable=False),
    sa.Column('reasons', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('run_id', sa.String(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('decision', sa.String(), nullable=True),
    sa.Column('decided_by', sa.String(), nullable=True),
    sa.Column('decided_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('tenant', 'proposal_id', name=op.f('pk_gateway_proposal'))
    )
    op.create_index('ix_gateway_proposal_a', 'gateway_proposal', ['tenant', 'a'], unique=False)
    op.create_index('ix_gateway_proposal_b', 'gateway_proposal', ['tenant', 'b'], unique=False)
    op.create_index('ix_gateway_proposal_open', 'gateway_proposal', ['tenant', 'decision'], unique=False)
    op.create_table('gateway_pseudonym',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('party_id', sa.String(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('purpose', sa.String(), nullable=False),
    sa.Column('period', sa.String(), nullable=False),
    sa.Column('pointer', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'party_id', 'code', name=op.f('pk_gateway_pseudonym'))
    )
    op.create_table('gateway_report',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('month', sa.String(), nullable=False),
    sa.Column('audience', sa.String(), nullable=False),
    sa.Column('made_at', sa.BigInteger(), nullable=False),
    sa.Column('made_by', sa.String(), nullable=False),
    sa.Column('document', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'month', 'audience', name=op.f('pk_gateway_report'))
    )
    op.create_table('gateway_retention_decision',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('decision_id', sa.String(), nullable=False),
    sa.Column('terms', sa.String(), nullable=False),
    sa.Column('reference', sa.String(), nullable=False),
    sa.Column('decided_by', sa.String(), nullable=False),
    sa.Column('decided_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'decision_id', name=op.f('pk_gateway_retention_decision'))
    )
    op.create_table('gateway_run',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('run_id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('month', sa.String(), nullable=False),
    sa.Column('started_by', sa.String(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('counts', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'run_id', name=op.f('pk_gateway_run'))
    )
    op.create_table('gateway_signal',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('signal_id', sa.String(), nullable=False),
    sa.Column('delivery_id', sa.String(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('party_id', sa.String(), nullable=False),
    sa.Column('partner_type', sa.String(), nullable=False),
    sa.Column('soort', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('month', sa.String(), nullable=False),
    sa.Column('received_at', sa.BigInteger(), nullable=False),
    sa.Column('line_tag', sa.LargeBinary(), nullable=False),
    sa.Column('ref_tag', sa.LargeBinary(), nullable=False),
    sa.Column('replaces', sa.String(), nullable=True),
    sa.Column('crisis', sa.Boolean(), nullable=False),
    sa.Column('supply_ends', sa.Boolean(), nullable=False),
    sa.Column('warm', sa.Boolean(), nullable=False),
    sa.Column('has_phone', sa.Boolean(), nullable=False),
    sa.Column('identity', sa.LargeBinary(), nullable=False),
    sa.Column('contact', sa.LargeBinary(), nullable=False),
    sa.Column('finance', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'signal_id', name=op.f('pk_gateway_signal'))
    )
    op.create_index('ix_gateway_signal_delivery', 'gateway_signal', ['tenant', 'delivery_id'], unique=False)
    op.create_index('ix_gateway_signal_ref', 'gateway_signal', ['tenant', 'party_id', 'ref_tag'], unique=False)
    op.create_index('ix_gateway_signal_state', 'gateway_signal', ['tenant', 'state', 'month'], unique=False)
    op.create_index('ix_gateway_signal_taken_back', 'gateway_signal', ['tenant', 'party_id', 'line_tag'], unique=False, sqlite_where=sa.text("state = 'ingetrokken'"), postgresql_where=sa.text("state = 'ingetrokken'"))
    op.create_index('uq_gateway_signal_claim', 'gateway_signal', ['tenant', 'party_id', 'ref_tag', 'month'], unique=True, sqlite_where=sa.text("state IN ('gevalideerd', 'gekoppeld')"), postgresql_where=sa.text("state IN ('gevalideerd', 'gekoppeld')"))
    op.create_index('uq_gateway_signal_line', 'gateway_signal', ['tenant', 'party_id', 'line_tag'], unique=True, sqlite_where=sa.text("state IN ('gevalideerd', 'gekoppeld', 'vervangen')"), postgresql_where=sa.text("state IN ('gevalideerd', 'gekoppeld', 'vervangen')"))
    op.create_table('gateway_tag',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('tag', sa.LargeBinary(), nullable=False),
    sa.Column('pointer', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'name', 'tag', 'pointer', name=op.f('pk_gateway_tag')),
    sqlite_with_rowid=False
    )
    op.create_table('gateway_user',
    sa.Column('tenant', sa.String(), nullable=False),
    sa.Column('user_id', sa.String(), nullable=False),
    sa.Column('party_id', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'user_id', name=op.f('pk_gateway_user'))
    )


def downgrade() -> None:
    """Drop them again."""
    op.drop_table('gateway_user')
    op.drop_table('gateway_tag')
    op.drop_index('uq_gateway_signal_line', table_name='gateway_signal', sqlite_where=sa.text("state IN ('gevalideerd', 'gekoppeld', 'vervangen')"), postgresql_where=sa.text("state IN ('gevalideerd', 'gekoppeld', 'vervangen')"))
    op.drop_index('uq_gateway_signal_claim', table_name='gateway_signal', sqlite_where=sa.text("state IN ('gevalideerd', 'gekoppeld')"), postgresql_where=sa.text("state IN ('gevalideerd', 'gekoppeld')"))
    op.drop_index('ix_gateway_signal_taken_back', table_name='gateway_signal', sqlite_where=sa.text("state = 'ingetrokken'"), postgresql_where=sa.text("state = 'ingetrokken'"))
    op.drop_index('ix_gateway_signal_state', table_name='gateway_signal')
    op.drop_index('ix_gateway_signal_ref', table_name='gateway_signal')
    op.drop_index('ix_gateway_signal_delivery', table_name='gateway_signal')
    op.drop_table('gateway_signal')
    op.drop_table('gateway_run')
    op.drop_table('gateway_retention_decision')
    op.drop_table('gateway_report')
    op.drop_table('gateway_pseudonym')
    op.drop_index('ix_gateway_proposal_open', table_name='gateway_proposal')
    op.drop_index('ix_gateway_proposal_b', table_name='gateway_proposal')
    op.drop_index('ix_gateway_proposal_a', table_name='gateway_proposal')
    op.drop_table('gateway_proposal')
    op.drop_table('gateway_party')
    op.drop_index('ix_gateway_outbox_due', table_name='gateway_outbox')
    op.drop_index('ix_gateway_outbox_case', table_name='gateway_outbox')
    op.drop_table('gateway_outbox')
    op.drop_index('ix_gateway_offer_open', table_name='gateway_offer')
    op.drop_index('ix_gateway_offer_case', table_name='gateway_offer')
    op.drop_table('gateway_offer')
    op.drop_index('ix_gateway_month_end_item_outcome', table_name='gateway_month_end_item')
    op.drop_index('ix_gateway_month_end_item_case', table_name='gateway_month_end_item')
    op.drop_table('gateway_month_end_item')
    op.drop_table('gateway_month_end')
    op.drop_index('ix_gateway_link_run', table_name='gateway_link')
    op.drop_index('ix_gateway_link_b', table_name='gateway_link')
    op.drop_index('ix_gateway_link_a', table_name='gateway_link')
    op.drop_table('gateway_link')
    op.drop_index('ix_gateway_lease_ref', table_name='gateway_lease')
    op.drop_index('ix_gateway_lease_recall', table_name='gateway_lease')
    op.drop_index('ix_gateway_lease_control', table_name='gateway_lease')
    op.drop_index('ix_gateway_lease_client', table_name='gateway_lease')
    op.drop_index('ix_gateway_lease_case', table_name='gateway_lease')
    op.drop_table('gateway_lease')
    op.drop_index('ix_gateway_incident_signal', table_name='gateway_incident')
    op.drop_index('ix_gateway_incident_open', table_name='gateway_incident')
    op.drop_index('ix_gateway_incident_case', table_name='gateway_incident')
    op.drop_table('gateway_incident')
    op.drop_table('gateway_inbox')
    op.drop_index('ix_gateway_hold_case', table_name='gateway_hold')
    op.drop_table('gateway_hold')
    op.drop_index('ix_gateway_help_record_case', table_name='gateway_help_record')
    op.drop_table('gateway_help_record')
    op.drop_index('ix_gateway_handover_open', table_name='gateway_handover')
    op.drop_table('gateway_handover')
    op.drop_index('ix_gateway_feedback_at', table_name='gateway_feedback')
    op.drop_table('gateway_feedback')
    op.drop_table('gateway_expiry')
    op.drop_index('ix_gateway_emergency_open', table_name='gateway_emergency')
    op.drop_index('ix_gateway_emergency_case', table_name='gateway_emergency')
    op.drop_table('gateway_emergency')
    op.drop_index('ix_gateway_delivery_received', table_name='gateway_delivery')
    op.drop_index('ix_gateway_delivery_fingerprint', table_name='gateway_delivery')
    op.drop_table('gateway_delivery')
    op.drop_table('gateway_conflict')
    op.drop_table('gateway_confidant')
    op.drop_table('gateway_client')
    op.drop_table('gateway_certificate')
    op.drop_index('ix_gateway_case_signal_signal', table_name='gateway_case_signal')
    op.drop_table('gateway_case_signal')
    op.drop_index('ix_gateway_case_state', table_name='gateway_case')
    op.drop_index('ix_gateway_case_owner', table_name='gateway_case')
    op.drop_index('ix_gateway_case_month', table_name='gateway_case')
    op.drop_index('ix_gateway_case_accepted', table_name='gateway_case')
    op.drop_table('gateway_case')
    op.drop_index('ix_gateway_blocked_number_until', table_name='gateway_blocked_number')
    op.drop_table('gateway_blocked_number')
    op.drop_index('ix_gateway_billed_taken', table_name='gateway_billed')
    op.drop_index('ix_gateway_billed_case', table_name='gateway_billed')
    op.drop_table('gateway_billed')
    op.drop_index('ix_gateway_attempt_party', table_name='gateway_attempt')
    op.drop_index('ix_gateway_attempt_case', table_name='gateway_attempt')
    op.drop_table('gateway_attempt')
    op.drop_index('ix_gateway_assignment_case', table_name='gateway_assignment')
    op.drop_table('gateway_assignment')
    op.drop_table('gateway_assertion')
    op.drop_index(op.f('ix_gateway_absence_user_id'), table_name='gateway_absence')
    op.drop_index(op.f('ix_gateway_absence_replacement'), table_name='gateway_absence')
    op.drop_table('gateway_absence')
