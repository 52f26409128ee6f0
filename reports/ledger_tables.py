"""What the ledger does with the tables of WHAT is handed out."""

from accountability.trail.registry import Table, Treatment

_OF_LETTER = "(SELECT county_id FROM reports_letter WHERE id = {row}.letter_id)"
_OF_ENDORSEMENT = "(SELECT county_id FROM reports_endorsement WHERE id = {row}.endorsement_id)"

TABLES: dict[str, Table] = {
    "reports.letteritem": Table(Treatment.AUDITED, chain=_OF_LETTER),
    "reports.letterclause": Table(Treatment.AUDITED, chain=_OF_LETTER),
    "reports.letterannex": Table(Treatment.AUDITED, chain=_OF_LETTER),
    "reports.signaturekey": Table(Treatment.AUDITED, chain="{row}.county_id", secrets=("packed",)),
    "reports.endorsementstep": Table(Treatment.AUDITED, chain=_OF_ENDORSEMENT),
}
