# SPDX-License-Identifier: GPL-2.0-or-later
"""The secrets of an appliance, from outside: the store object is unsealed by
tpm2-tools, and the journal opened by what anchorhold-journal(5) says."""

import hashlib
import io
import os
import struct
import subprocess

import cbor2
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"anchorhold jrnl\x01"
HEAD = 4 + 16 + 24          # length, check, nonce
ABOUT, SNAPSHOT, END, COMMIT = 1, 2, 3, 4


def derive(key, label):
    return HKDF(hashes.SHA256(), 32, None, label.encode()).derive(key)


def tpm2(cell, name, *args):
    return subprocess.run(
        ["tpm2_" + name, "-Q", "-T", cell.tcti, *args], check=True,
        cwd=cell.dir, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=cell.log).stdout


def put(cell, name, data):
    with open(cell.path(name), "wb") as f:
        f.write(data)


def approved(cell, policy):
    """(K, what it signed for that) of this appliance, the newest."""
    with open(os.path.join(cell.state, "approvals"), "rb") as f:
        whole = cbor2.load(f)
    k = cbor2.loads(whole["k"])
    return k, [a for a in whole["approvals"] if a["policy"] == policy][-1]


def satisfy(cell, policy):
    """A policy session, session.ctx, of which K approves."""
    k, a = approved(cell, policy)
    ref = b"anchorhold/1 " + policy.encode()
    area = struct.pack(">HHIHHHHHH", 0x23, 0x0b, 0x00040000, 0, 0x10, 0x18,
                       0x0b, 0x03, 0x10)
    for number in (k[-2], k[-3]):
        area += struct.pack(">H", 32) + number
    put(cell, "k.public", struct.pack(">H", len(area)) + area)
    put(cell, "k.signed", hashlib.sha256(a["digest"] + ref).digest())
    put(cell, "k.signature", struct.pack(">HHH", 0x18, 0x0b, 32) +
        a["signature"][:32] + struct.pack(">H", 32) + a["signature"][32:])
    put(cell, "k.digest", a["digest"])
    put(cell, "k.ref", ref)
    put(cell, "k.version", struct.pack(">Q", a["version"]))
    mask = a["mask"] | (1 << a["cap"] if a.get("cap") else 0)
    pcrs = ",".join(str(i) for i in range(24) if mask >> i & 1)
    tpm2(cell, "startauthsession", "--policy-session", "-S", "session.ctx")
    tpm2(cell, "policypcr", "-S", "session.ctx", "-l", "sha256:" + pcrs)
    tpm2(cell, "policynv", "-S", "session.ctx", "-C", "0x01800100", "-i",
         "k.version", "0x01800100", "ule")
    tpm2(cell, "loadexternal", "-C", "o", "-u", "k.public", "-c", "k.ctx",
         "-n", "k.name")
    tpm2(cell, "verifysignature", "-c", "k.ctx", "-d", "k.signed", "-s",
         "k.signature", "-t", "k.ticket")
    tpm2(cell, "flushcontext", "-t")
    tpm2(cell, "policyauthorize", "-S", "session.ctx", "-i", "k.digest",
         "-q", "k.ref", "-n", "k.name", "-t", "k.ticket")


def store_object(cell):
    """The 64 bytes that the TPM gives out under what is approved; while no
    daemon holds the TPM."""
    cell.fresh_tpm()
    with open(os.path.join(cell.state, "anchor"), "rb") as f:
        anchor = cbor2.load(f)
    for name, part in (("pub", "store_pub"), ("priv", "store_priv")):
        put(cell, "store." + name, anchor[part])
    satisfy(cell, "unseal")
    tpm2(cell, "load", "-C", "0x81000001", "-u", "store.pub", "-r",
         "store.priv", "-c", "store.ctx")
    plain = tpm2(cell, "unseal", "-c", "store.ctx", "-p",
                 "session:session.ctx")
    tpm2(cell, "flushcontext", "-t")
    tpm2(cell, "flushcontext", "-l")
    return plain


def rotate(x, n):
    return (x << n | x >> 32 - n) & 0xffffffff


def quarter(s, a, b, c, d):
    for to, by, way, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8),
                           (c, d, b, 7)):
        s[to] = s[to] + s[by] & 0xffffffff
        s[way] = rotate(s[way] ^ s[to], n)


def hchacha20(key, nonce):
    """draft-irtf-cfrg-xchacha-03, 2.2."""
    s = list(struct.unpack("<16I", b"expand 32-byte k" + key + nonce))
    for _ in range(10):
        for i in range(4):
            quarter(s, i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(s, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return struct.pack("<8I", *s[:4], *s[12:])


def xchacha_open(key, nonce, cipher, aad):
    return ChaCha20Poly1305(hchacha20(key, nonce[:16])).decrypt(
        bytes(4) + nonce[16:], cipher, aad)


def check_of(key, length):
    mac = hmac.HMAC(key, hashes.SHA256())
    mac.update(length)
    return mac.finalize()[:16]


def frames(path, store_key):
    """(epoch, kind, payload) of every frame; raises for one that is not as
    the page says."""
    with open(path, "rb") as f:
        raw = f.read()
    assert raw[:16] == MAGIC, raw[:16]
    journal, at, previous, index = raw[16:32], 32, bytes(16), 0
    key = derive(store_key, "anchorhold/1 frame")
    check = derive(store_key, "anchorhold/1 check")
    while at < len(raw):
        length = raw[at:at + 4]
        end = at + HEAD + struct.unpack(">I", length)[0] + 16
        assert raw[at + 4:at + 20] == check_of(check, length), at
        aad = cbor2.dumps([1, journal, index, previous])
        plain = xchacha_open(key, raw[at + 20:at + HEAD],
                             raw[at + HEAD:end], aad)
        yield struct.unpack(">Q", plain[:8])[0], plain[8], plain[9:]
        previous, index, at = raw[end - 16:end], index + 1, end


def records(path, store_key):
    """(name, map) of every record, oldest first."""
    for _, kind, payload in frames(path, store_key):
        f = io.BytesIO(payload)
        while kind in (SNAPSHOT, COMMIT) and f.tell() < len(payload):
            yield cbor2.load(f), cbor2.load(f)
