# SPDX-License-Identifier: GPL-2.0-or-later
"""What must not be seen: the secrets of an appliance, all that is derived
from them, in every spelling; and tests/integration/scan, which looks."""

import base64
import hashlib
import hmac
import os
import subprocess

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

import cell
import peer
import sealed

ORDER = 2 ** 252 + 27742317777372353535851937790883648493
PIECE = 8       # bytes that the scanner looks for together


def words(raw, n):
    """With the bytes of each word the other way round, as a hash has them."""
    return b"".join(raw[i:i + n][::-1] for i in range(0, len(raw), n))


def spellings(name, raw):
    yield name, raw
    yield name + "/reversed", raw[::-1]
    yield name + "/words4", words(raw, 4)
    yield name + "/words8", words(raw, 8)
    yield name + "/hex", raw.hex().encode()
    yield name + "/HEX", raw.hex().upper().encode()
    yield name + "/base32", base64.b32encode(raw).rstrip(b"=")
    for before in range(3):             # how far from a group's beginning
        text = base64.b64encode(bytes(before) + raw)
        text = text[(0, 2, 3)[before]:(before + len(raw)) * 8 // 6]
        yield "%s/base64+%d" % (name, before), text
        yield ("%s/base64url+%d" % (name, before),
               text.translate(bytes.maketrans(b"+/", b"-_")))


def keyed(name, key):
    """The key, and the blocks that HMAC makes of it."""
    return {name: key, name + ".inner": bytes(b ^ 0x36 for b in key),
            name + ".outer": bytes(b ^ 0x5c for b in key)}


def signing(name, seed):
    """RFC 8032, 5.1.5: the scalar and what nonces are made of."""
    whole = hashlib.sha512(seed).digest()
    scalar = bytearray(whole[:32])
    scalar[0] &= 248
    scalar[31] = scalar[31] & 127 | 64
    return {name: seed, name + ".hash": whole, name + ".scalar":
            bytes(scalar)}


def nonce(name, seed, message):
    """The one-time number of an Ed25519 signature, which tells the key."""
    r = hashlib.sha512(hashlib.sha512(seed).digest()[32:] + message).digest()
    number = int.from_bytes(r, "little") % ORDER
    return {name: r, name + ".reduced": number.to_bytes(32, "little")}


def wrapping(request, shared):
    """The agreed secret of an ephemeral_key, and the key made of it."""
    context = peer.dumps([3, [None] * 3, [None] * 3,
                          [256, peer.dumps({1: -25}), request]])
    prk = hmac.new(bytes(32), shared, "sha256").digest()
    return {"wrap.shared": shared, "wrap.prk": prk, "wrap.key": HKDF(
        hashes.SHA256(), 32, None, context).derive(shared)}


def of_appliance(appliance):
    """Everything at rest; while no daemon holds the TPM."""
    whole = sealed.store_object(appliance)
    key, seed = whole[:32], whole[32:]
    known = {**keyed("store", key), **keyed("auth_seed", seed), **keyed(
        "auth", sealed.derive(seed, "anchorhold/1 auth root")),
        "frame": sealed.derive(key, "anchorhold/1 frame"), **keyed(
            "check", sealed.derive(key, "anchorhold/1 check"))}
    for name, row in sealed.records(
            os.path.join(appliance.state, "journal"), key):
        if name == "key":
            known.update(signing(row["use"], row["seed"]))
        elif name == "device":
            known.update(keyed("totp." + row["operator_id"], row["secret"]))
        elif name == "secret":
            known["luks"] = row["value"]
    return known


class Scan:
    def __init__(self, known):
        self.known = known
        self.names = [n for name, raw in known.items()
                      for n, text in spellings(name, raw)
                      if len(text) >= PIECE]
        self.fd = os.memfd_create("needles", 0)
        os.write(self.fd, "".join(
            "%s %s\n" % (n, text.hex()) for name, raw in known.items()
            for n, text in spellings(name, raw)
            if len(text) >= PIECE).encode())

    def command(self, *args):
        return [os.path.abspath(os.path.join(
            cell.BUILD, "tests/integration/scan")),
            "/proc/self/fd/%d" % self.fd, *args]

    def run(self, *args):
        done = subprocess.run(
            self.command(*args), pass_fds=(self.fd,), check=True,
            stdout=subprocess.PIPE)
        return [line.split() for line in done.stdout.decode().splitlines()]

    def process(self, pid):
        """(names in secret pages, what was found elsewhere)"""
        found = self.run("pid", str(pid))
        return ({f[1] for f in found if f[0] == "secret"},
                [f for f in found if f[0] == "open"])

    def files(self, *paths):
        found = []
        for at in range(0, len(paths), 64):
            found += self.run("files", *paths[at:at + 64])
        return found

    def close(self):
        os.close(self.fd)
