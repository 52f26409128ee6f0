#!/usr/bin/env python3
"""核对证据包、年度归档包 —— the stand-alone verifier of an exported package.

One file, Python's standard library alone, written apart from the portal's own
verification. Usage:
    python3 verify_ledger.py PACKAGE [--key HEX] [--witness FILE] [--checkpoints FILE]

PACKAGE is the folder or the .zip that the portal exported. Exit status 0 when
everything agrees, 1 with the first fault, 2 when it is not a package.
--key is the portal's public key as the inspectors noted it down at the
installation; without it the key inside the package is believed, and said so.
--witness is the inspectors' own copy of the links; --checkpoints the checkpoints that
their machine was sent and kept.
"""

import hashlib
import json
import os
import sys
import zipfile


class NotAPackage(Exception):
    """The files are not those of an evidence package."""


class Folder:
    """Reads the files of a folder or a zip in the same way."""

    def __init__(self, path):
        self.path = path
        self.zip = None
        if os.path.isdir(path):
            self.names = sorted(
                os.path.relpath(os.path.join(top, name), path).replace(os.sep, "/")
                for top, _, names in os.walk(path)
                for name in names
            )
        elif zipfile.is_zipfile(path):
            self.zip = zipfile.ZipFile(path)
            self.names = sorted(n for n in self.zip.namelist() if not n.endswith("/"))
        else:
            raise NotAPackage("不是证据包：请给出导出的文件夹或 .zip 文件")

    def read(self, name):
        if name not in self.names:
            raise NotAPackage("证据包缺少文件：" + name)
        if self.zip is not None:
            return self.zip.read(name)
        with open(os.path.join(self.path, *name.split("/")), "rb") as file:
            return file.read()

    def lines(self, name):
        for line in self.read(name).decode("utf-8").split("\n"):
            if line:
                yield json.loads(line)


def digest_of_row(entry):
    """SHA-256 over length-prefixed fields; the order is fixed for ever."""
    h = hashlib.sha256()
    fields = ["1"] + [
        entry[name]
        for name in ("table", "key", "op", "image", "actor", "on_behalf_of", "event", "at")
    ]
    for field in fields:
        data = field.encode("utf-8")
        h.update(len(data).to_bytes(4, "big") + data)
    return h.digest()


def first_link(chain):
    return hashlib.sha256(("portal-ledger/1/chain/%d" % chain).encode("ascii")).digest()


# --- Ed25519 (RFC 8032), enough to check a signature -------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE_D = (-121665 * pow(121666, P - 2, P)) % P


def recover_x(y, sign):
    square = (y * y - 1) * pow(CURVE_D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P:
        return None
    return P - x if (x & 1) != sign else x


def decode_point(data):
    value = int.from_bytes(data, "little")
    y, sign = value % 2**255, value >> 255
    x = recover_x(y, sign) if y < P else None
    return None if x is None else (x, y)


def add_points(one, two):
    (x1, y1), (x2, y2) = one, two
    k = CURVE_D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + k, P - 2, P) % P
    y = (y1 * y2 + x1 * x2) * pow(1 - k, P - 2, P) % P
    return x, y


def times(scalar, point):
    result = (0, 1)
    for bit in bin(scalar)[2:]:
        result = add_points(result, result)
        if bit == "1":
            result = add_points(result, point)
    return result


def signature_is_right(key, message, signature):
    if len(key) != 32 or len(signature) != 64:
        return False
    a, r = decode_point(key), decode_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= ORDER:
        return False
    by = 4 * pow(5, P - 2, P) % P
    base = (recover_x(by, 0), by)
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    return times(s, base) == add_points(r, times(h, a))


def signed_bytes(checkpoint):
    rest = {k: v for k, v in checkpoint.items() if k != "signature"}
    return json.dumps(rest, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


# --- the checks ----------------------------------------------------------------


def check_manifest(folder):
    """Every file of the package is listed with its digest, and none besides."""
    manifest = json.loads(folder.read("manifest.json").decode("utf-8"))
    listed = manifest["files"]
    for name in folder.names:
        if name not in listed and name not in ("manifest.json", "manifest.sig"):
            return manifest, "清单以外的文件：" + name
    for name, expected in sorted(listed.items()):
        if name not in folder.names:
            return manifest, "缺少清单中的文件：" + name
        if hashlib.sha256(folder.read(name)).hexdigest() != expected:
            return manifest, "文件内容与清单不一致：" + name
    return manifest, ""


def check_ledger(folder, told):
    """Walk every chain; `told` is chain → {seq: link} from outside."""
    ends = {}
    count = 0
    for row in folder.lines("ledger.jsonl"):
        chain, seq = row["chain"], row["seq"]
        place = "账本 %d 第 %d 条" % (chain, seq)
        entry = row.get("entry")
        if entry:
            place += "，%s 表 %s 号" % (entry["table"], entry["key"])
        last_seq, last_link = ends.get(chain, (0, first_link(chain)))
        if seq != last_seq + 1:
            return count, ends, place + "：前面缺少记录"
        of_row = bytes.fromhex(row["row_hash"])
        if entry and digest_of_row(entry) != of_row:
            return count, ends, place + "：内容与摘要不一致"
        link = hashlib.sha256(last_link + of_row).digest()
        if link.hex() != row["link"]:
            return count, ends, place + "：与前序摘要不一致"
        known = told.get(chain, {}).get(seq)
        if known is not None and known != link.hex():
            return count, ends, place + "：与库外留存的摘要不一致"
        ends[chain] = (seq, link)
        count += 1
    return count, ends, ""


def check_checkpoints(folder, key, told):
    """Signatures and order of the checkpoints; adds what they tell to `told`."""
    before = None
    count = 0
    for checkpoint in folder.lines("checkpoints.jsonl"):
        place = "第 %s 个存证点" % checkpoint.get("number")
        if key and checkpoint["key"] != key:
            return count, place + "：签名公钥与登记的不一致"
        if not signature_is_right(
            bytes.fromhex(checkpoint["key"]),
            signed_bytes(checkpoint),
            bytes.fromhex(checkpoint["signature"]),
        ):
            return count, place + "：签名不正确"
        if before is None and (checkpoint["number"] != 1 or checkpoint["previous"]):
            return count, place + "：之前的存证点缺失"
        if before is not None and checkpoint["previous"] != before["signature"]:
            return count, place + "：与前一个不相连"
        for head in checkpoint["heads"]:
            known = told.setdefault(head["chain"], {})
            if known.setdefault(head["seq"], head["link"]) != head["link"]:
                return count, place + "：与见证不一致"
        before = checkpoint
        count += 1
    return count, ""


def check_closing(closing, told):
    """The digest of a year's closing; adds the ledger's head at the closing to `told`."""
    content = {name: closing[name] for name in ("format", "county", "year", "standing", "head")}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if hashlib.sha256(text.encode("utf-8")).hexdigest() != closing["digest"]:
        return "结转摘要与结转内容不一致"
    seq, link = closing["head"]
    if told.setdefault(closing["chain"], {}).setdefault(seq, link) != link:
        return "结转时的账本摘要与其他留存的摘要不一致"
    return ""


def read_witness(path):
    told = {}
    with open(path, encoding="ascii") as file:
        for line in file:
            if line.strip():
                chain, seq, link = line.split()
                told.setdefault(int(chain), {})[int(seq)] = link
    return told


def check_copies(path, key, own, told):
    """The inspectors' own checkpoints against those of the package; adds them to `told`.

    They may begin late, have gaps and come in any order.
    """
    count = 0
    with open(path, encoding="utf-8") as file:
        for line in file:
            if not line.strip():
                continue
            copy = json.loads(line)
            place = "检查机留存的第 %s 个存证点" % copy["number"]
            if copy["key"] != key:
                return count, place + "：签名公钥与登记的不一致"
            if not signature_is_right(
                bytes.fromhex(key), signed_bytes(copy), bytes.fromhex(copy["signature"])
            ):
                return count, place + "：签名不正确"
            if own.get(copy["number"], copy["signature"]) != copy["signature"]:
                return count, place + "：与证据包中的不一致"
            for head in copy["heads"]:
                known = told.setdefault(head["chain"], {})
                if known.setdefault(head["seq"], head["link"]) != head["link"]:
                    return count, place + "：与其他留存的摘要不一致"
            count += 1
    return count, "" if count else "检查机的存证点文件是空的"


def verify(path, key="", witness="", checkpoints=""):
    """(is_right, sentences) for a package."""
    folder = Folder(path)
    said = []
    manifest, wrong = check_manifest(folder)
    if wrong:
        return False, [wrong]
    said.append("清单：%d 个文件一致" % len(manifest["files"]))
    signature = bytes.fromhex(folder.read("manifest.sig").decode("ascii").strip())
    signer = key or manifest["key"]
    if not signature_is_right(bytes.fromhex(signer), folder.read("manifest.json"), signature):
        return False, ["清单的签名不正确"]
    told = read_witness(witness) if witness else {}
    count, wrong = check_checkpoints(folder, signer, told)
    if wrong:
        return False, [wrong]
    said.append("存证点：%d 个，签名正确，首尾相连" % count)
    if checkpoints:
        own = {c["number"]: c["signature"] for c in folder.lines("checkpoints.jsonl")}
        count, wrong = check_copies(checkpoints, signer, own, told)
        if wrong:
            return False, [wrong]
        said.append("检查机留存的存证点：%d 个，签名正确" % count)
    closing = manifest.get("closing")
    if closing:
        wrong = check_closing(closing, told)
        if wrong:
            return False, [wrong]
    rows, ends, wrong = check_ledger(folder, told)
    if wrong:
        return False, [wrong]
    wanted = {int(c): tuple(v) for c, v in manifest["heads"].items()}
    for chain, (seq, link) in wanted.items():
        have = ends.get(chain, (0, first_link(chain)))
        if (have[0], have[1].hex()) != (seq, link):
            return False, ["账本 %d 被截断：应到第 %d 条" % (chain, seq)]
    if closing:
        if closing["head"][0] > ends.get(closing["chain"], (0, ""))[0]:
            return False, ["账本不到结转时的位置：应过第 %d 条" % closing["head"][0]]
        said.append("结转：%d年度，摘要一致，账本经过结转时的位置" % closing["year"])
    for chain, known in sorted(told.items()):
        if (witness or checkpoints) and chain in wanted and max(known) > wanted[chain][0]:
            said.append(
                "提示：账本 %d 的库外留存到第 %d 条，证据包到第 %d 条，其后的记录不在本包范围"
                % (chain, max(known), wanted[chain][0])
            )
    said.append("账本：%d 条记录相连，内容与摘要一致" % rows)
    if not key:
        said.append("提示：未给出登记的公钥（--key），签名只与包内公钥核对过")
    return True, said


def main(arguments):
    options = {"--key": "", "--witness": "", "--checkpoints": ""}
    paths = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word in options and rest:
            options[word] = rest.pop(0)
        else:
            paths.append(word)
    if len(paths) != 1:
        print(
            "用法：python3 verify_ledger.py 证据包 "
            "[--key 公钥] [--witness 见证文件] [--checkpoints 存证点文件]"
        )
        return 2
    try:
        right, said = verify(
            paths[0], options["--key"].lower(), options["--witness"], options["--checkpoints"]
        )
    except (NotAPackage, OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        print("无法核对：%s" % error)
        return 2 if isinstance(error, NotAPackage) else 1
    for sentence in said:
        print(sentence)
    print("核对通过" if right else "核对未通过")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
