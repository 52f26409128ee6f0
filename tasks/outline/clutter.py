"""What stands around a paper and is not the paper: site notices, red head, tail, page numbers."""

from __future__ import annotations

import re
from enum import StrEnum

from .line import Line


class Clutter(StrEnum):
    """Why a line is left out."""

    SITE = "site"
    CONTACT = "contact"
    HEAD = "head"
    PAGE = "page"
    ADDRESS = "address"
    DATE = "date"
    ANNEX = "annex"
    TAIL = "tail"
    SIGNATURE = "signature"
    CONTENTS = "contents"
    ABSTRACT = "abstract"


_SPACES = re.compile(r"[ \t\u3000\u00a0]+")
_SITE = re.compile(
    r"仅供(?:个人)?(?:学习|参考)|(?:禁止|严禁)(?:外传|转载)|照搬照抄|原创投稿|版权所有|ICP备|https?://|www\."
    r"|浏览次数|点击数|阅读次数|打印本页|关闭窗口|当前位置|分享到|^(?:上|下)一篇|^【?字[体号][:：]"
    r"|^(?:信息)?来源[:：]|^(?:发布|发文|成文)(?:时间|日期|机构)[:：]|^(?:作者|责任编辑|编辑|审核|校对)[:：]"
    r"|^(?:索引号|主题分类|有效性)[:：]"
)
_SITE_BEFORE = re.compile(
    r"会员|QQ群|公众号|扫码|二维码|加群|关注我们|订阅|免费|下载|倒卖|平台、|文库|素材|范文|广告"
)
_CONTACT = re.compile(
    r"^[（(]?(?:联\s*系\s*人|联系电话|联系方式|联络员|咨询电话|监督电话|举报电话|电话|传真"
    r"|(?:电子)?邮箱|邮编|邮政编码|通讯?地址|地址)(?:及(?:电话|联系方式))?[:：]"
)
_HEAD = re.compile(
    r"^.{2,30}(?:政府|委员会|办公室|委办|党组|党委|县委|区委|市委|[局委部厅镇乡]|小组|指挥部|法院|检察院|中心)文件$|^.{1,16}[〔\[（(【]\s*20\d\d\s*[〕\])）】]\s*第?\s*\d+\s*号.{0,12}$"
    r"|^签发人[:：]|^(?:特急|加急|平急|特提|机密|秘密|绝密|内部资料)(?:[★☆·].{0,8})?$|^\d{6}$"
    r"|^[-—_=*～~·.…★☆◆●─]+$"
)
_PAGE = re.compile(
    r"^[-—－–·]*\d{1,4}[-—－–·]*$|^第\d{1,4}页(?:[,，/]?共\d{1,4}页)?$|^\d{1,4}/\d{1,4}$"
)
_ADDRESS = re.compile(r"^(?:各|县|市|区|机关|本级|同志们|尊敬的|中共).{0,150}[:：]$|^同志们.{0,6}$")
_DATE = re.compile(
    r"^[（(]?(?:20\d\d|二[〇零○O0]{1}[一二三四五六七八九〇零○]{2})年.{1,3}月.{1,4}日"
    r"(?:[^，。；]{0,20}(?:通过|印发|发布))?[)）]?$"
)
_ANNEX = re.compile(r"^附\s*[件表录]\s*(?:[\d一二三四五六七八九十]{1,2})?[:：.]?$")
_TAIL = re.compile(
    r"^附\s*件?\s*\d{0,2}\s*[:：]|^抄\s*[送报][:：]?|^[主报]\s*[送报][:：]"
    r"|^[（(]?(?:此件|本件).{0,20}[)）]?$|^[（(]?(?:主动公开|依申请公开|不予公开|公开发布)[)）]?$"
    r"|^主题词[:：]?|^共印\d+份|^.{2,40}20\d\d年\d{1,2}月\d{1,2}日印发?$|^公开(?:方式|属性|类别)[:：]"
    r"|^(?:填报|制表|审核|填表)(?:人|单位)[:：]"
)
_SIGNER = re.compile(
    r"^[^，。；：、:;,\d（）()]{4,30}(?:政府|委员会|办公室|局|委|部|中心|会|镇|组|院|县委)$"
)
_CONTENTS = re.compile(r"^目\s*录$|(?:[.．·]{3,}|…{1,60})\s*\d{1,4}$")


def clutter_of(text: str, *, before: bool) -> Clutter | None:
    """Why this (unnumbered) line is no part of the paper; `before` its first number."""
    if len(text) > 200:
        return None
    bare = _SPACES.sub("", text)
    if _CONTENTS.search(bare):
        return Clutter.CONTENTS
    if _PAGE.match(bare):
        return Clutter.PAGE
    if _HEAD.match(bare):
        return Clutter.HEAD
    if _DATE.match(bare):
        return Clutter.DATE
    if _ANNEX.match(bare):
        return Clutter.ANNEX
    if _TAIL.match(bare):
        return Clutter.TAIL
    if is_contact(bare):
        return Clutter.CONTACT
    if _SITE.search(bare) and len(bare) <= 80:
        return Clutter.SITE
    if before and len(bare) <= 60 and _SITE_BEFORE.search(bare) and "。" not in bare[:-1]:
        return Clutter.SITE
    if before and _ADDRESS.match(bare):
        return Clutter.ADDRESS
    return None


def is_contact(text: str) -> bool:
    return _CONTACT.match(text) is not None


def looks_like_signer(text: str) -> bool:
    """A line that can only be the name of who issues the paper."""
    return _SIGNER.match(_SPACES.sub("", text)) is not None


def abstract_lines(lines: list[Line]) -> set[int]:
    """Lines cut off with an ellipsis that only repeat the beginning of what follows."""
    found: set[int] = set()
    for at, line in enumerate(lines[:12]):
        text = line.text.rstrip()
        core = "".join(text.rstrip(".…。 ").split())
        if not text.endswith(("...", "…")) or len(core) < 20:
            continue
        following = ""
        for later in lines[at + 1 : at + 60]:
            if _CONTENTS.search(_SPACES.sub("", later.text)):
                continue
            following += "".join(later.text.split())
            if len(following) >= len(core):
                break
        if following.startswith(core):
            found.add(at)
    return found
