# SPDX-License-Identifier: GPL-2.0-or-later
"""Event logs as the specification has them (PC Client Platform Firmware
Profile), written and replayed by code that shares nothing with attest/."""

import hashlib
import struct

ALGS = {"sha1": 4, "sha256": 11, "sha384": 12, "sha512": 13}
NO_ACTION, SEPARATOR, CRTM_VERSION, IPL = 3, 4, 8, 13
VARIABLE, PROGRAM, HCRTM = 0x80000001, 0x80000003, 0x80000010


class Log:
    def __init__(self, *banks):
        self.banks = banks
        self.events = []            # (pcr, type, measured or None, data)
        self.start = 0

    def add(self, pcr, kind, data, measured=None):
        self.events.append((pcr, kind, data if measured is None else measured,
                            data))
        return self

    def tell(self, data):
        self.events.append((0, NO_ACTION, None, data))
        return self

    def locality(self, n):
        self.start = n
        return self.tell(b"StartupLocality\0" + bytes([n]))

    def digest(self, bank, measured):
        h = hashlib.new(bank)
        if measured is None:
            return bytes(h.digest_size)
        h.update(measured)
        return h.digest()

    def bytes(self):
        out = b""
        if self.banks:
            data = b"Spec ID Event03\0" + struct.pack(
                "<IBBBBI", 0, 0, 2, 0, 2, len(self.banks))
            for bank in self.banks:
                data += struct.pack("<HH", ALGS[bank],
                                    hashlib.new(bank).digest_size)
            data += b"\0"
            out = struct.pack("<II20xI", 0, NO_ACTION, len(data)) + data
        for pcr, kind, measured, data in self.events:
            out += struct.pack("<II", pcr, kind)
            if self.banks:
                out += struct.pack("<I", len(self.banks))
                for bank in self.banks:
                    out += struct.pack("<H", ALGS[bank])
                    out += self.digest(bank, measured)
            else:
                out += self.digest("sha1", measured)
            out += struct.pack("<I", len(data)) + data
        return out

    def pcrs(self, bank):
        size = hashlib.new(bank).digest_size
        values = {}
        for pcr, kind, measured, _ in self.events:
            if kind == NO_ACTION:
                continue
            first = bytes(size - 1) + bytes([self.start if pcr == 0 else 0])
            values[pcr] = hashlib.new(
                bank, values.get(pcr, first) +
                self.digest(bank, measured)).digest()
        return values


def variable(name, value, guid=bytes(range(16))):
    text = name.encode("utf-16-le")
    return guid + struct.pack("<QQ", len(name), len(value)) + text + value


def program(path):
    node = path.encode("utf-16-le") + b"\0\0"
    node = struct.pack("<BBH", 4, 4, 4 + len(node)) + node + b"\x7f\xff\4\0"
    return struct.pack("<QQQQ", 0x1000, 0x2000, 0, len(node)) + node


def boot(*banks, locality=0, kernel=b"kernel one"):
    log = Log(*banks)
    if locality:
        log.locality(locality)
    log.add(0, CRTM_VERSION, "1.2".encode("utf-16-le") + b"\0\0")
    log.add(7, VARIABLE, variable("SecureBoot", b"\1"))
    for pcr in range(8):
        log.add(pcr, SEPARATOR, bytes(4))
    log.add(4, PROGRAM, program("\\EFI\\BOOT\\BOOTX64.EFI"), b"loader")
    log.add(8, IPL, b"grub_cmd: linux /vmlinuz\0", b"linux /vmlinuz")
    log.add(9, IPL, b"/vmlinuz\0", kernel)
    return log
