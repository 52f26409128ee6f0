"""Papers that came as .docx."""

from __future__ import annotations

from .. import docx_maker as d
from .case import Case, word

_LIST = d.level(0, "chineseCounting", "%1、") + d.level(1, "chineseCounting", "（%2）")
_OUTLINE = d.numbering(
    {
        0: _LIST + d.level(2, "decimal", "%3."),
        1: d.level(0, "decimal", "%1") + d.level(1, "decimal", "%1.%2"),
        2: d.level(0, "upperLetter", "%1."),
        3: d.level(0, "bullet", "●"),
        4: d.level(0, "chineseCountingThousand", "第%1条 "),
        5: d.level(0, "upperRoman", "%1.") + d.level(1, "decimalEnclosedCircle", "%2"),
        6: d.level(0, "chineseCounting", "任务%1："),
        7: d.level(0, "decimal", "%1"),
    },
    {n + 1: (n, "") for n in range(8)},
)
_STYLES = d.styles(
    '<w:style w:type="paragraph" w:styleId="a1"><w:name w:val="heading 1"/>'
    '<w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="a2"><w:name w:val="heading 2"/>'
    '<w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>'
)


def made(*body: str) -> bytes:
    return d.make(*body, numbering_xml=_OUTLINE, styles_xml=_STYLES)


def styled(text: str, style: str) -> str:
    return d.paragraph(text, properties=f'<w:pStyle w:val="{style}"/>')


def font(text: str, name: str = "黑体") -> str:
    return d.paragraph(d.run(text, f'<w:rFonts w:eastAsia="{name}"/>'))


CASES = [
    Case(
        "headings by style alone",
        word(
            [
                ("Title", "白沙县2026年廉洁建设责任清单"),
                ("Heading 1", "从严管理干部"),
                ("Heading 2", "规范选人用人"),
                "严格程序，公道正派。",
                "责任领导：方圆",
                "责任单位：县委组织部",
                ("Heading 2", "从严日常监督"),
                "定期谈心谈话。",
                "责任领导：",
                "责任单位：县纪委监委",
                ("Heading 1", "从严管理资金"),
                ("Heading 2", "压降三公经费"),
                "公开支出明细。",
                "责任领导：\n责任单位：县财政局\n完成时限：2026年底",
            ]
        ),
        "a.docx",
        """\
1 | 规范选人用人 | 领=方圆；责=县委组织部 | | 从严管理干部
2 | 从严日常监督 | 领=；责=县纪委监委 | | 从严管理干部
3 | 压降三公经费 | 领=；责=县财政局 | 2026-12-31 | 从严管理资金
""",
        title="白沙县2026年廉洁建设责任清单",
        sections="从严管理干部 从严管理资金",
    ),
    Case(
        "headings in bold alone",
        word(
            [
                ("bold", "金河县廉洁乡村建设工作方案"),
                ("bold", "工作目标"),
                "用一年时间打造示范村。",
                ("bold", "主要任务"),
                "1.规范村级工程。全程公开。",
                "责任单位：县农业农村局",
                "2.规范村级采购。统一平台。",
                "责任单位：县财政局",
                ("bold", "组织保障"),
                "1.加强领导。成立专班。",
                "责任单位：各乡镇",
            ]
        ),
        "b.docx",
        """\
1 | 规范村级工程 | 责=县农业农村局 | | 主要任务
2 | 规范村级采购 | 责=县财政局 | | 主要任务
1 | 加强领导 | 责=各乡镇 | | 组织保障
""",
        title="金河县廉洁乡村建设工作方案",
        sections="工作目标 主要任务 组织保障",
    ),
    Case(
        "headings in another typeface, measures without slots",
        made(
            d.paragraph("松岭县整治形式主义若干措施"),
            font("切实精简文件"),
            "严控发文数量。",
            font("切实精简会议"),
            "严控会议规模。",
            font("切实规范督查"),
            "统筹年度计划。",
        ),
        "c.docx",
        """\
1 | 切实精简文件 | | |
2 | 切实精简会议 | | |
3 | 切实规范督查 | | |
""",
        title="松岭县整治形式主义若干措施",
        sections="",
    ),
    Case(
        "automatic numbers of an official paper",
        made(
            d.paragraph("关于2026年廉政工作的实施意见"),
            d.numbered("严明纪律规矩", 1, 0),
            d.numbered("强化纪律教育", 1, 1),
            "分层分类开展。",
            "责任领导：余波",
            "牵头单位：县纪委监委",
            d.numbered("强化制度执行", 1, 1),
            d.numbered("开展评估。逐项销号。", 1, 2),
            "责任领导：\n牵头单位：县司法局",
            d.numbered("开展清理。及时废改。", 1, 2),
            "责任领导：\n牵头单位：",
            d.numbered("严格督促落实", 1, 0),
            d.numbered("跟踪督查。", 1, 1),
            "责任领导：余波\n牵头单位：县督查室",
        ),
        "d.docx",
        """\
一（一） | 强化纪律教育 | 领=余波；牵=县纪委监委 | | 一
一（二）1 | 开展评估 | 领=；牵=县司法局 | | 一（二）
一（二）2 | 开展清理 | 领=；牵= | | 一（二）
二（一） | 跟踪督查 | 领=余波；牵=县督查室 | | 二
""",
        year=2026,
        sections="一 一（二） 二",
    ),
    Case(
        "automatic decimal numbers without a mark",
        made(
            d.paragraph("竹溪县营商环境监督清单"),
            d.numbered("审批服务", 2, 0),
            d.numbered("压缩办理时限", 2, 1),
            "责任单位：县政务服务局",
            d.numbered("清理中介事项", 2, 1),
            "责任单位：县发改局",
            d.numbered("执法服务", 2, 0),
            d.numbered("推行柔性执法", 2, 1),
            "责任单位：县市场监管局",
        ),
        "e.docx",
        """\
1.1 | 压缩办理时限 | 责=县政务服务局 | | 1
1.2 | 清理中介事项 | 责=县发改局 | | 1
2.1 | 推行柔性执法 | 责=县市场监管局 | | 2
""",
        sections="1 2",
    ),
    Case(
        "automatic letters",
        made(
            d.paragraph("双塔县内部控制任务"),
            d.numbered("完善收支管理。", 3, 0),
            "责任单位：县财政局",
            d.numbered("完善资产管理。", 3, 0),
            "责任单位：县机关事务中心",
        ),
        "f.docx",
        """\
A | 完善收支管理 | 责=县财政局
B | 完善资产管理 | 责=县机关事务中心
""",
    ),
    Case(
        "automatic roman numbers and circles",
        made(
            d.paragraph("芦山县内部控制任务"),
            d.numbered("收支管理", 6, 0),
            d.numbered("规范报销。", 6, 1),
            "责任单位：县财政局",
            d.numbered("规范借支。", 6, 1),
            "责任单位：县财政局",
            d.numbered("资产管理", 6, 0),
            d.numbered("规范处置。", 6, 1),
            "责任单位：县机关事务中心",
        ),
        "g.docx",
        """\
Ⅰ① | 规范报销 | 责=县财政局 | | Ⅰ
Ⅰ② | 规范借支 | 责=县财政局 | | Ⅰ
Ⅱ① | 规范处置 | 责=县机关事务中心 | | Ⅱ
""",
    ),
    Case(
        "bullets that carry slots",
        made(
            d.paragraph("一、近期任务"),
            d.numbered("梳理风险点。", 4, 0),
            "责任单位：县府办",
            d.numbered("签订承诺书。", 4, 0),
            "责任单位：各乡镇",
        ),
        "h.docx",
        """\
一1 | 梳理风险点 | 责=县府办 | | 一
一2 | 签订承诺书 | 责=各乡镇 | | 一
""",
    ),
    Case(
        "automatic articles and a scheme of their own",
        made(
            d.paragraph("沙坪县公务用车管理规定"),
            d.numbered("为规范用车，制定本规定。", 5, 0),
            d.numbered("车辆统一标识。", 5, 0),
            d.numbered("本规定自印发之日起施行。", 5, 0),
        ),
        "i.docx",
        """\
第一条 | 为规范用车，制定本规定 | | |
第二条 | 车辆统一标识 | | |
第三条 | 本规定自印发之日起施行 | | |
""",
    ),
    Case(
        "tasks numbered by a word",
        made(
            d.paragraph("月湖县三大专项行动"),
            d.numbered("整治违规借贷。", 7, 0),
            "责任单位：县财政局",
            d.numbered("整治工程转包。", 7, 0),
            "责任单位：县住建局",
        ),
        "j.docx",
        """\
任务一 | 整治违规借贷 | 责=县财政局
任务二 | 整治工程转包 | 责=县住建局
""",
    ),
    Case(
        "a slot table in one row beneath each item",
        word(
            [
                "长宁县2026年廉政任务分解",
                "一、强化监督",
                "1.开展经责审计。应审尽审。",
                [["责任领导", "王强", "牵头单位", "县审计局"]],
                "2.开展专项督查。全面覆盖。",
                [["责任领导", "", "牵头单位", ""]],
                "二、强化教育",
                "3.办好警示展。以案为鉴。",
                [
                    ["责任领导", "李伟", "责任人员", "周 敏"],
                    ["牵头单位", "县司法局", "责任单位", "县教育局、各乡镇"],
                    ["完成时限", "2026年10月底", "<", "<"],
                ],
            ]
        ),
        "k.docx",
        """\
一1 | 开展经责审计 | 领=王强；牵=县审计局 | | 一
一2 | 开展专项督查 | 领=；牵= | | 一
二3 | 办好警示展 | 领=李伟；人=周敏；牵=县司法局；责=县教育局、各乡镇 | 2026-10-31 | 二
""",
    ),
    Case(
        "a slot table in two columns beneath each item",
        word(
            [
                "（一）规范津贴补贴",
                "开展自查自纠。",
                [
                    ["责任领导：", "王强"],
                    ["责任单位：", "县人社局\n县财政局"],
                    ["完成时限", "长期"],
                ],
                "（二）规范办公用房",
                "逐间核查。",
                [["责任领导：", ""], ["责任单位：", ""], ["完成时限", "7月15日前"]],
                "2026年5月6日",
            ]
        ),
        "l.docx",
        """\
（一） | 规范津贴补贴 | 领=王强；责=县人社局、县财政局 | |
（二） | 规范办公用房 | 领=；责= | 2026-07-15 |
""",
        year=2026,
    ),
    Case(
        "labels in one row, values in the next, beneath each item",
        word(
            [
                "1、开展清产核资。摸清家底。",
                [["责任领导", "牵头单位", "责任单位"], ["林涛", "县财政局", "各乡镇"]],
                "2、盘活闲置资产。应租尽租。",
                [["责任领导", "牵头单位", "责任单位"], ["", "县国资中心", ""]],
            ]
        ),
        "m.docx",
        """\
1 | 开展清产核资 | 领=林涛；牵=县财政局；责=各乡镇
2 | 盘活闲置资产 | 领=；牵=县国资中心；责=
""",
    ),
    Case(
        "one card a task",
        word(
            [
                "安丰县2026年重点整治任务卡",
                [
                    ["任务名称", "整治高额彩礼", "<", "<"],
                    ["具体措施", "修订村规民约，开展集体婚礼。", "<", "<"],
                    ["责任领导", "苏宁", "牵头单位", "县民政局"],
                    ["责任单位", "县妇联、各乡镇", "完成时限", "2026年11月"],
                ],
                [
                    ["任务名称", "整治殡葬乱象", "<", "<"],
                    ["具体措施", "规范收费公示。", "<", "<"],
                    ["责任领导", "", "牵头单位", "县民政局"],
                    ["责任单位", "", "完成时限", "长期坚持"],
                ],
            ]
        ),
        "n.docx",
        """\
1 | 整治高额彩礼 | 领=苏宁；牵=县民政局；责=县妇联、各乡镇 | 2026-11-30
2 | 整治殡葬乱象 | 领=；牵=县民政局；责= |
""",
    ),
    Case(
        "the item in the first row of its own table",
        word(
            [
                "宁远县纠治四风任务书",
                [
                    ["1.纠治公款吃喝。严查隐形变异。", "<", "<", "<"],
                    ["责任领导", "叶青", "责任单位", "县纪委监委"],
                ],
                [
                    ["2.纠治违规收礼。紧盯节点。", "<", "<", "<"],
                    ["责任领导", "", "责任单位", "县纪委监委、各乡镇"],
                ],
            ]
        ),
        "o.docx",
        """\
1 | 纠治公款吃喝 | 领=叶青；责=县纪委监委
2 | 纠治违规收礼 | 领=；责=县纪委监委、各乡镇
""",
    ),
    Case(
        "two task tables beneath the chapters of a text",
        word(
            [
                "罗河县2026年清廉机关建设任务分工",
                "一、制度类任务",
                [
                    ["序号", "工作任务", "责任单位", "完成时限"],
                    ["1", "修订差旅办法", "县财政局", "3月底"],
                    ["2", "修订会议办法", "县府办", "4月底"],
                ],
                "二、监督类任务",
                [
                    ["序号", "工作任务", "责任单位", "完成时限"],
                    ["1", "检查津补贴", "县人社局", "5月底"],
                    ["2", "检查公务用车", "县机关事务中心", "6月底"],
                ],
            ]
        ),
        "p.docx",
        """\
1 | 修订差旅办法 | 责=县财政局 | 2026-03-31 | 一
2 | 修订会议办法 | 责=县府办 | 2026-04-30 | 一
1 | 检查津补贴 | 责=县人社局 | 2026-05-31 | 二
2 | 检查公务用车 | 责=县机关事务中心 | 2026-06-30 | 二
""",
        sections="一 二",
    ),
    Case(
        "two annexed task tables that begin anew",
        word(
            [
                "关于印发2026年廉政任务的通知",
                "各乡镇：",
                "现将任务印发给你们。",
                "附件1",
                "政府班子任务清单",
                [["序号", "重点任务", "责任领导"], ["1", "带头讲廉政课", "王强"]],
                "附件2",
                "部门任务清单",
                [["序号", "重点任务", "责任单位"], ["1", "开展廉政谈话", "县直各部门"]],
            ]
        ),
        "q.docx",
        """\
1 | 带头讲廉政课 | 领=王强 | | 政府班子任务清单
1 | 开展廉政谈话 | 责=县直各部门 | | 部门任务清单
""",
        year=2026,
        sections="政府班子任务清单 部门任务清单",
    ),
    Case(
        "numbers of the table made by Word",
        made(
            d.paragraph("高桥县任务表"),
            d.table(
                [d.cell("序号"), d.cell("工作任务"), d.cell("责任单位")],
                [d.cell(d.numbered("", 8)), d.cell("建立台账"), d.cell("县府办")],
                [d.cell(d.numbered("", 8)), d.cell("按月调度"), d.cell("县督查室")],
            ),
        ),
        "r.docx",
        """\
1 | 建立台账 | 责=县府办
2 | 按月调度 | 责=县督查室
""",
    ),
    Case(
        "tracked changes, soft returns, a text box",
        made(
            d.paragraph(d.text_box(d.paragraph("内部资料")), "平湖县2026年廉政任务"),
            d.paragraph(
                "1.规范招商接待。统一标准。\n责任领导：",
                f'<w:del w:id="1"><w:r><w:delText>王强</w:delText></w:r></w:del>'
                f'<w:ins w:id="2">{d.run("李伟")}</w:ins>',
                d.run("\n责任单位：\t县投促局\n县财政局"),
            ),
            d.paragraph("2.规范外出考察。"),
            d.paragraph(d.text_box(d.paragraph("责任领导：孙丽"), d.paragraph("责任单位：县府办"))),
        ),
        "s.docx",
        """\
1 | 规范招商接待 | 领=李伟；责=县投促局、县财政局
2 | 规范外出考察 | 领=孙丽；责=县府办
""",
        year=2026,
    ),
    Case(
        "items under bold headings of a numbered chapter",
        word(
            [
                "大田县廉洁工程建设意见",
                "一、总体要求",
                "坚持标本兼治。",
                "二、重点工作",
                ("bold", "严把立项关口"),
                "完善论证程序。",
                "责任领导：金山",
                "责任单位：县发改局",
                ("bold", "严把验收关口"),
                "实行联合验收。",
                "责任领导：金山",
                "责任单位：县住建局",
                "三、工作要求",
                "压实责任。",
            ]
        ),
        "t.docx",
        """\
二1 | 严把立项关口 | 领=金山；责=县发改局 | | 二
二2 | 严把验收关口 | 领=金山；责=县住建局 | | 二
""",
        sections="一 二 三",
    ),
]
