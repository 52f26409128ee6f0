#!/usr/bin/env python3
"""核算考核成绩 —— recomputes an exported round from its frozen inputs.

One file, Python's standard library alone, written apart from the portal's own
computation: it counts in whole fractions and rounds once it must.
Usage:  python3 recompute_assessment.py PACKAGE.json
Exit status 0 when every total, rank and grade agrees, 1 when one differs, 2 when
the file is not a package.
"""

import json
import sys
from fractions import Fraction


def cents(number):
    """A fraction in whole hundredths, half up (never called below zero)."""
    scaled = number * 200 + 1
    return scaled.numerator // scaled.denominator // 2


def text_of(hundredths):
    """8750 as 87.50."""
    return "%d.%02d" % (hundredths // 100, hundredths % 100)


def earned(criteria, code, scores):
    """(hundredths had, points that can be had) under a part or a group."""
    had, full = 0, Fraction(0)
    for row in criteria:
        if row["parent"] != code:
            continue
        if row["nature"] == "group":
            inner = earned(criteria, row["code"], scores)
            had, full = had + inner[0], full + inner[1]
        elif row["nature"] == "score":
            had += cents(Fraction(scores.get(row["code"], "0")))
            full += Fraction(row["points"])
    return had, full


def extra(criteria, nature, cap, scores):
    """Additions or deductions in hundredths, up to their cap."""
    rows = [row for row in criteria if row["nature"] == nature]
    value = sum(cents(Fraction(scores.get(row["code"], "0"))) for row in rows)
    return value if cap is None else min(value, cents(Fraction(cap)))


def total(scheme, scores):
    """A subject's total in hundredths."""
    criteria, value = scheme["criteria"], 0
    for part in criteria:
        if part["nature"] == "part":
            had, full = earned(criteria, part["code"], scores)
            if part["weight"] is not None:
                had = cents(Fraction(had, 100) * Fraction(part["weight"]) / full)
            value += had
    value += extra(criteria, "add", scheme["add_cap"], scores)
    value -= extra(criteria, "deduct", scheme["deduct_cap"], scores)
    return max(value, 0)


def band_of(bands, hundredths):
    """The place of the grade by points alone, 0 the best."""
    number = Fraction(hundredths, 100)
    for place, band in enumerate(bands):
        low = None if band["low"] is None else Fraction(band["low"])
        high = None if band["high"] is None else Fraction(band["high"])
        over = low is None or number > low or (number == low and band["low_in"])
        under = high is None or number < high or (number == high and band["high_in"])
        if over and under:
            return place
    raise ValueError("no grade holds %s" % text_of(hundredths))


def results(package):
    """{key: (total, rank, grade)} from the inputs alone."""
    scheme, subjects = package["scheme"], package["subjects"]
    totals = {row["key"]: total(scheme, row["scores"]) for row in subjects}
    vetoed = {row["key"] for row in subjects if row["vetoes"]}
    ranks = {}
    for key in totals:
        ahead = [
            other
            for other in totals
            if (other in vetoed) < (key in vetoed)
            or ((other in vetoed) == (key in vetoed) and totals[other] > totals[key])
        ]
        ranks[key] = len(ahead) + 1
    bands = scheme["bands"]
    places = {key: band_of(bands, totals[key]) for key in totals}
    names = [band["name"] for band in bands]
    quota = scheme["quota"]
    if quota is not None:
        wanted = names.index(quota["grade"])
        seats = Fraction(quota["percent"]) * len(subjects) / 100
        seats = seats.numerator // seats.denominator
        taken = 0
        candidates = sorted(
            (key for key in totals if places[key] == wanted and key not in vetoed), key=ranks.get
        )
        for rank in sorted({ranks[key] for key in candidates}):
            tied = [key for key in candidates if ranks[key] == rank]
            taken += len(tied)
            if taken > seats:
                for key in tied:
                    places[key] += 1
    return {
        key: (
            text_of(totals[key]),
            ranks[key],
            scheme["veto_grade"] if key in vetoed else names[places[key]],
        )
        for key in totals
    }


def main(arguments):
    if len(arguments) != 1:
        print(__doc__)
        return 2
    try:
        with open(arguments[0], encoding="utf-8") as file:
            package = json.load(file)
        if package["format"] != "assessment/1":
            raise ValueError("unknown format")
        found = results(package)
    except (OSError, KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        print("不是考核成绩数据包：%s" % error)
        return 2
    printed = {row["key"]: (row["total"], row["rank"], row["grade"]) for row in package["results"]}
    names = {row["key"]: row["name"] for row in package["subjects"]}
    wrong = 0
    for key, result in sorted(found.items(), key=lambda item: item[1][1]):
        is_same = printed.get(key) == result
        wrong += not is_same
        told = "一致" if is_same else "不一致，数据包为 %s" % (printed.get(key),)
        print("%3d  %s  %s  %s  %s" % (result[1], result[0], result[2], names[key], told))
    for key in sorted(set(printed) - set(found)):
        wrong += 1
        print("     有成绩而没有评分：%s" % key)
    print("共 %d 个，%s" % (len(found), "%d 个不一致" % wrong if wrong else "全部一致"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
