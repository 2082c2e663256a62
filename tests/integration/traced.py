# SPDX-License-Identifier: GPL-2.0-or-later
"""A cryptod under tests/tracer: what it asked of the kernel, in order, and a
kill at the entry of any one of its calls.  Python and C share a page of five
numbers (struct page of tests/tracer.c)."""

import collections
import mmap
import os
import signal
import struct
import threading

import cell

AIM_REQUEST, AIM_NOW = 1, 2
Call = collections.namedtuple("Call", "name result args paths data")


def unhex(word):
    return None if word == "-" else bytes.fromhex(word)


def parse(line):
    words = line.split()
    return Call(words[0], int(words[1]), tuple(map(int, words[2:6])),
                tuple(map(unhex, words[6:8])), unhex(words[8]))


class Traced:
    """One life of the cell's cryptod; the cell is started by the caller."""

    def __init__(self, cell_):
        self.cell = cell_
        name = cell_.path("trace")
        with open(name + ".page", "w+b") as f:
            f.truncate(mmap.PAGESIZE)
            self.page = mmap.mmap(f.fileno(), mmap.PAGESIZE)
        if os.path.exists(name + ".record"):
            os.unlink(name + ".record")
        os.mkfifo(name + ".record")
        self.lines = []
        self.reader = threading.Thread(target=self.read, daemon=True,
                                       args=(name + ".record",))
        self.reader.start()
        # The search for leaks wants to trace too: other tests have it.
        cell_.prefix = ["env", "ASAN_OPTIONS=" + os.environ.get(
                            "ASAN_OPTIONS", "") + ":detect_leaks=0",
                        os.path.join(cell.BUILD, "tests/tracer"),
                        name + ".page", name + ".record"]

    def read(self, fifo):
        with open(fifo) as f:
            self.lines += f

    def aim(self, kill_at, when=AIM_REQUEST, changes=False):
        """Count calls from the next request or from now on, those alone
        that change files or all, and kill it before the kill_at-th."""
        self.page[:40] = struct.pack("=5Q", 0, changes, kill_at, 0, 0)
        self.page[:8] = struct.pack("=Q", when)

    @property
    def counted(self):
        return struct.unpack("=5Q", self.page[:40])[3]

    @property
    def killed(self):
        return struct.unpack("=5Q", self.page[:40])[4] != 0

    def done(self):
        """It has ended, or is to end now: all its calls."""
        if self.cell.daemon is not None:
            self.cell.stop(signal.SIGKILL)
        self.cell.prefix = []
        self.reader.join()
        return [parse(line) for line in self.lines]
