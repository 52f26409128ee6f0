"""What the ledger does with the tables of WHAT is handed out."""

from accountability.trail.registry import Table, Treatment

_OF_LETTER = "(SELECT county_id FROM reports_letter WHERE id = {row}.letter_id)"
_OF_ENDORSEMENT = "(SELECT county_id FROM reports_endorsement WHERE id = {row}.endorsement_id)"
_OF_SCHEME = "(SELECT county_id FROM reports_scheme WHERE id = {row}.scheme_id)"
_OF_ASSESSMENT = "(SELECT county_id FROM reports_assessment WHERE id = {row}.assessment_id)"
_OF_TEAM = (
    "(SELECT a.county_id FROM reports_assessment a JOIN reports_team t ON t.assessment_id = a.id"
    " WHERE t.id = {row}.team_id)"
)
_OF_SHEET = "(SELECT county_id FROM reports_sheet WHERE id = {row}.sheet_id)"
_OF_POWER_LIST = "(SELECT county_id FROM reports_powerlist WHERE id = {row}.power_list_id)"

TABLES: dict[str, Table] = {
    "reports.letteritem": Table(Treatment.AUDITED, chain=_OF_LETTER),
    "reports.letterclause": Table(Treatment.AUDITED, chain=_OF_LETTER),
    "reports.letterannex": Table(Treatment.AUDITED, chain=_OF_LETTER),
    "reports.signaturekey": Table(Treatment.AUDITED, chain="{row}.county_id", secrets=("packed",)),
    "reports.poweritem": Table(Treatment.AUDITED, chain=_OF_POWER_LIST),
    "reports.endorsementstep": Table(Treatment.AUDITED, chain=_OF_ENDORSEMENT),
    "reports.criterion": Table(Treatment.AUDITED, chain=_OF_SCHEME),
    "reports.team": Table(Treatment.AUDITED, chain=_OF_ASSESSMENT),
    "reports.teammember": Table(Treatment.AUDITED, chain=_OF_TEAM),
    "reports.publication": Table(Treatment.AUDITED, chain=_OF_ASSESSMENT),
    "reports.score": Table(Treatment.AUDITED, chain=_OF_SHEET),
}
