"""What the ledger does with the tables of WHAT is handed out."""

from accountability.trail.registry import Table, Treatment, exempt

_OF_LETTER = "(SELECT county_id FROM reports_letter WHERE id = {row}.letter_id)"
_OF_ENDORSEMENT = "(SELECT county_id FROM reports_endorsement WHERE id = {row}.endorsement_id)"
_OF_SCHEME = "(SELECT county_id FROM reports_scheme WHERE id = {row}.scheme_id)"
_OF_ASSESSMENT = "(SELECT county_id FROM reports_assessment WHERE id = {row}.assessment_id)"
_OF_TEAM = (
    "(SELECT a.county_id FROM reports_assessment a JOIN reports_team t ON t.assessment_id = a.id"
    " WHERE t.id = {row}.team_id)"
)
_OF_SHEET = "(SELECT county_id FROM reports_sheet WHERE id = {row}.sheet_id)"
_OF_BALLOT = "(SELECT county_id FROM reports_ballot WHERE id = {row}.ballot_id)"
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
    "reports.teller": Table(Treatment.AUDITED, chain=_OF_BALLOT),
    # A row of the ledger has a time, a transaction and a number: each would join voter and vote.
    "reports.ballotcode": exempt("匿名投票的未用投票码，逐条入账会留下使用次序；投完即删"),
    "reports.ballotblank": exempt("匿名投票的工作表，逐条入账会留下投票次序；计票时清空"),
    "reports.ballottally": exempt("计票录入，人数过少时不得留存各选项票数；录入另有审计记录"),
    "reports.sealedvote": exempt("匿名票封存后不再改动，全部票的摘要随测评在计票时一次入账"),
}
