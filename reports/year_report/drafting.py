"""The first text of a report: what the office then edits, each figure with its source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from reports.assessment import Nature
from reports.documents.lines import chinese_date

from .marks import Fact
from .material import Lost, Material, Round, Subject, average, percent, points

MOST_NAMED = 20
"""Subjects named in one sentence; beyond that the annex lists them all."""
ORDINALS = "一二三四五六七八九十"
FEW_NAMED = 5
FEW = 3
ASKED = (
    "（一）压实主体责任。被考核的单位和领导班子要对照本报告和反馈意见逐项认领问题，主要负责人"
    "亲自研究，明确整改措施、责任人和时限。",
    "（二）限期整改到位。整改情况按规定时限书面报告，由办公室跟踪督查，整改不到位的继续督办。",
    "（三）用好考核结果。把考核结果作为评先评优、干部选拔任用和管理监督的依据，记入廉政档案。",
)


@dataclass(frozen=True, slots=True)
class Draft:
    """The text, and the sources of its figures."""

    body: str
    facts: tuple[Fact, ...]


@dataclass(slots=True)
class _Facts:
    rows: list[Fact] = field(default_factory=list)

    def put(self, value: object, meaning: str, source: str, to: str) -> str:
        """The figure with its mark; the same figure of the same meaning has one source."""
        shown = str(value)
        for fact in self.rows:
            if (fact.value, fact.meaning, fact.to) == (shown, meaning, to):
                return f"{shown}{{{fact.number}}}"
        self.rows.append(Fact(len(self.rows) + 1, shown, meaning, source, to))
        return f"{shown}{{{len(self.rows)}}}"


def title_of(material: Material) -> str:
    """关于……年度落实党风廉政建设主体责任考核情况的报告."""
    return f"关于{material.year}年度落实党风廉政建设主体责任考核情况的报告"


def drafted(material: Material) -> Draft:
    """The text in seven sections, from the material alone."""
    facts = _Facts()
    lines = [
        _opening(material, facts),
        "一、考核组织情况",
        *_organised(material, facts),
        "二、总体情况",
        *_overall(material, facts),
        "三、主要成效",
        *_good(material, facts),
        "四、存在的主要问题",
        *_problems(material, facts),
        "五、考核等次和排名",
        *_grades(material, facts),
        "六、考核结果运用建议",
        *_use(material, facts),
        "七、下一步要求",
        *ASKED,
    ]
    return Draft("\n".join(lines), tuple(facts.rows))


def source_of(row: Round) -> str:
    """Which frozen results: title and version."""
    return f"{row.noted['title']}结果第{row.noted['version']}版"


def _opening(material: Material, facts: _Facts) -> str:
    count = facts.put(
        len(material.subjects),
        "参加年度考核的对象",
        "；".join(f"{source_of(r)}，{len(r.subjects)}份评分表" for r in material.rounds),
        "kind1",
    )
    return (
        f"按照年度考核安排，{material.office}组织对{count}个考核对象{material.year}年度落实"
        f"党风廉政建设主体责任情况进行了考核。现将截至{chinese_date(material.on)}的考核情况报告如下。"
    )


def _organised(material: Material, facts: _Facts) -> list[str]:
    lines = []
    for n, row in enumerate(material.rounds, 1):
        noted, source = row.noted, source_of(row)
        subjects, own, teams, members, appeals, changed = (
            facts.put(value, f"{row.kind}{meaning}", f"{source}，{where}", f"kind{n}")
            for value, meaning, where in (
                (len(row.subjects), "考核对象", "评分表"),
                (noted["own"], "开展自评的对象", "评分表"),
                (noted["teams"], "考核组", "考核组名单"),
                (noted["members"], "考核组成员", "考核组名单"),
                (noted["appeals"], "复核申请", "复核记录"),
                (noted["changed"], "调整得分的复核申请", "复核记录"),
            )
        )
        text = (
            f"（{_ordinal(n)}）{row.kind}。依据《{row.scheme.title}》，{subjects}个对象参加考核，"
            f"{own}个开展自评；组成{teams}个考核组、{members}名成员复评。"
        )
        if noted["counted_on"]:
            text += f"系统得分按截至{_day(noted['counted_on'])}的台账计算。"
        text += f"反馈后受理复核申请{appeals}件，调整得分{changed}件。"
        if noted["published_on"]:
            text += f"结果于{_day(noted['published_on'])}审定公布。"
        lines.append(text)
    shown = [b for b in material.ballots if b["valid"] is not None]
    if shown:
        held = facts.put(len(shown), "已计票的民主测评", "民主测评统计表", "ballots")
        sums = {key: sum(b[key] for b in shown) for key in ("issued", "returned", "valid")}
        told = []
        for key, label in (("issued", "发出"), ("returned", "收回"), ("valid", "有效")):
            meaning, source = f"民主测评{label}票数", "民主测评统计表各行之和"
            told.append(f"{label}{facts.put(sums[key], meaning, source, 'ballots')}张")
        lines.append(f"考核期间开展无记名民主测评{held}次，{'、'.join(told)}。")
    return lines


def _overall(material: Material, facts: _Facts) -> list[str]:
    everybody = material.subjects
    lines = []
    if len(material.rounds) > 1:
        mean = facts.put(
            points(average([s.total for s in everybody])),
            "全部考核对象平均得分",
            "各类考核对象得分之和除以对象个数，四舍五入到百分位",
            "kind1",
        )
        lines.append(f"全部考核对象平均得分{mean}分。")
    for n, row in enumerate(material.rounds, 1):
        lines.append(_of_kind(row, n, facts))
    lines.append("〔图1〕")
    lines.append("〔图2〕")
    return lines


def _of_kind(row: Round, n: int, facts: _Facts) -> str:
    source, kind, to = source_of(row), row.kind, f"kind{n}"
    ranked = row.ranked
    by_total = sorted(row.subjects, key=lambda s: -s.total)
    best, last = by_total[0], by_total[-1]
    mean = facts.put(
        points(row.average), f"{kind}平均得分",
        f"{source}，{len(row.subjects)}个对象得分之和除以对象个数", to,
    )  # fmt: skip
    high, low = (
        facts.put(
            points(s.total),
            f"{kind}{word}得分",
            f"{source}，{s.name}",
            subject_anchor(n, s.result.key),
        )
        for word, s in (("最高", best), ("最低", last))
    )
    told = (
        f"{kind}平均得分{mean}分，最高{high}分（{_names(by_total, best.total)}），"
        f"最低{low}分（{_names(by_total, last.total)}）。"
    )
    parts = []
    for grade in row.grades:
        held = [s for s in ranked if s.grade == grade]
        count = facts.put(len(held), f"{kind}评为{grade}的对象", f"{source}，等次为{grade}", to)
        if held:
            rate = facts.put(
                percent(len(held), len(ranked)), f"{kind}评为{grade}的比例",
                f"{source}，{len(held)}除以{len(ranked)}", to,
            )  # fmt: skip
            parts.append(f"{grade}{count}个，占{rate}")
        else:
            parts.append(f"{grade}{count}个")
    return told + "；".join(parts) + "。"


def _names(subjects: Sequence[Subject], total: Decimal) -> str:
    return named([s.name for s in subjects if s.total == total])


def _good(material: Material, facts: _Facts) -> list[str]:
    lines: list[str] = []
    for n, row in enumerate(material.rounds, 1):
        scored = [c for c in row.criteria if c.nature == Nature.SCORE]
        best = sorted((c for c in scored if row.rate(c)), key=lambda c: -row.rate(c))
        told = []
        for c in best[:FEW]:
            rate = facts.put(
                f"{row.rate(c).normalize():f}%", f"{row.kind}“{c.name}”得分率",
                f"{source_of(row)}，各对象该项得分之和除以满分之和", f"rate{n}",
            )  # fmt: skip
            full = sum(s.scores.get(c.code) == c.points for s in row.subjects)
            many = facts.put(
                full, f"{row.kind}“{c.name}”得满分的对象", f"{source_of(row)}，评分表", f"kind{n}"
            )
            told.append(f"“{c.name}”得分率{rate}，{many}个对象得满分")
        added = [
            s.name for s in row.ranked
            if any(s.scores.get(c.code, Decimal(0)) > 0 for c in row.scheme.of(Nature.ADD))
        ]  # fmt: skip
        text = f"（{_ordinal(len(lines) + 1)}）{row.kind}。"
        text += f"{'；'.join(told)}。" if told else "各项指标均未得分。"
        if added:
            text += f"{named(added)}有加分事项。"
        lines.append(text)
    return lines


def _problems(material: Material, facts: _Facts) -> list[str]:
    lines: list[str] = []
    for n, row in enumerate(material.rounds, 1):
        lost, source = list(row.lost()), source_of(row)
        if not lost:
            lines.append(f"（{_ordinal(len(lines) + 1)}）{row.kind}。没有扣分事项。")
            continue
        hit = facts.put(
            len({item.subject.result.key for item in lost}), f"{row.kind}有扣分的对象",
            f"{source}，扣分明细", f"lost{n}",
        )  # fmt: skip
        times = facts.put(len(lost), f"{row.kind}扣分事项", f"{source}，扣分明细", f"lost{n}")
        text = f"（{_ordinal(len(lines) + 1)}）{row.kind}。{hit}个对象有扣分，共{times}项。"
        text += _weak(row, n, facts)
        text += _heaviest(row, lost, n, facts)
        if vetoed := [s for s in row.ranked if s.result.vetoes]:
            count = facts.put(
                len(vetoed), f"{row.kind}被一票否决的对象", f"{source}，一票否决", f"kind{n}"
            )
            text += f"{named([s.name for s in vetoed])}共{count}个对象被一票否决。"
        lines.append(text)
    return lines


def _weak(row: Round, n: int, facts: _Facts) -> str:
    scored = [c for c in row.criteria if c.nature == Nature.SCORE and row.rate(c) < 100]
    worst = sorted(scored, key=lambda c: row.rate(c))[:FEW]
    if not worst:
        return ""
    told = []
    for c in worst:
        rate = facts.put(
            f"{row.rate(c).normalize():f}%", f"{row.kind}“{c.name}”得分率",
            f"{source_of(row)}，各对象该项得分之和除以满分之和", f"rate{n}",
        )  # fmt: skip
        told.append(f"“{c.name}”{rate}")
    return f"得分率较低的是{'、'.join(told)}。"


def _heaviest(row: Round, lost: Sequence[Lost], n: int, facts: _Facts) -> str:
    """The grounds that were given most often, and with whom."""
    grounds = Counter(item.reason.strip("。") for item in lost if item.reason)
    told = []
    for reason, count in grounds.most_common(FEW):
        who = [i.subject.name for i in lost if i.reason.strip("。") == reason]
        times = facts.put(
            count, f"{row.kind}扣分原因“{reason[:40]}”", f"{source_of(row)}，扣分明细", f"lost{n}"
        )
        told.append(f"{reason}（{named(list(dict.fromkeys(who)), FEW_NAMED)}，{times}项）")
    return f"主要扣分原因：{'；'.join(told)}。" if told else ""


def _grades(material: Material, facts: _Facts) -> list[str]:
    lines = []
    for n, row in enumerate(material.rounds, 1):
        told = [
            f"{grade}：{named([s.name for s in held])}"
            for grade in row.grades
            if (held := row.of_grade(grade))
        ]
        quota = ""
        if row.scheme.quota is not None:
            share = f"{row.scheme.quota.percent.normalize():f}%"
            grade = row.scheme.quota.grade
            most = facts.put(share, f"{row.kind}{grade}比例上限", row.scheme.title, f"kind{n}")
            quota = f"{grade}等次不超过{most}。"
        lines.append(f"（{_ordinal(n)}）{row.kind}。{'；'.join(told)}。{quota}得分和名次见附件1。")
    return lines


def _use(material: Material, facts: _Facts) -> list[str]:
    best, last, vetoed = [], [], []
    for row in material.rounds:
        best += [s.name for s in row.of_grade(row.grades[0])]
        bottom = max(s.rank for s in row.subjects)
        if bottom > 1:
            last += [f"{s.name}（{row.kind}）" for s in row.subjects if s.rank == bottom]
        vetoed += [s.name for s in row.ranked if s.result.vetoes]
    lines = []
    if best:
        count = facts.put(
            len(best), "评为最高等次的对象", "各类考核结果中等次为最高一等的对象", "kind1"
        )
        lines.append(f"对评为最高等次的{named(best)}共{count}个对象予以通报表扬。")
    if last:
        lines.append(f"对各类排名末位的{named(last)}，由分管县领导约谈其主要负责人。")
    if vetoed:
        lines.append(f"对被一票否决的{named(vetoed)}，取消当年评先评优资格。")
    lines.append("考核结果送组织人事和纪检监察机关，作为评先评优、选拔任用的依据。")
    return [f"（{_ordinal(n)}）{line}" for n, line in enumerate(lines, 1)]


def named(names: Sequence[str], most: int = MOST_NAMED) -> str:
    """柳河镇、石桥镇等: no more than `most` of them; how many they are stands beside it."""
    shown = "、".join(names[:most])
    return shown + ("等" if len(names) > most else "")


def subject_anchor(n: int, key: str) -> str:
    """The row of a subject in the ranking of round `n`."""
    return f"rank{n}-{key}"


def _ordinal(n: int) -> str:
    return ORDINALS[n - 1] if n <= len(ORDINALS) else f"十{ORDINALS[n - 11]}"


def _day(value: str) -> str:
    year, month, day = (int(part) for part in value.split("-"))
    return f"{year}年{month}月{day}日"
