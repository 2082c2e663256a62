# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of tests/vchan_mock.c, written from Xen's description of the
shared page: the other end of a server's rings, as it is meant or hostile.

It asks for every event and makes one after each step: too many are allowed."""

import mmap
import os
import select
import struct
import time

DOMAINS = {"unlocker": 2, "web": 3, "admin": 4}
SERVER, PORT, CHANNELS = 1, 9001, 8
PAGE = 4096
CLIENT, EVENTS = 2048, 2052             # of the mock's page, behind Xen's
EVENT_NAME = 240
LEFT_CONS, LEFT_PROD, RIGHT_CONS, RIGHT_PROD = 0, 4, 8, 12
ORDERS, CLI_LIVE, SRV_LIVE, CLI_NOTIFY, SRV_NOTIFY = 16, 20, 21, 22, 23


def node(machine, domain, name, value, rights):
    """What the toolstack writes."""
    path = os.path.join(machine, ":local:domain:%d:%s" %
                        (domain, name.replace("/", ":")))
    with open(path, "w") as f:
        f.write("%s\n%s\n" % (value, rights))


def make_machine(machine):
    """The server is domain 1; who is who, and nobody of them can write it."""
    os.mkdir(machine, 0o700)
    for vm, domain in DOMAINS.items():
        node(machine, SERVER, "anchorhold/" + vm, domain,
             "n0 r%d" % SERVER)
        node(machine, domain, "anchorhold/cryptod", SERVER,
             "n0 r%d" % domain)


def settings(vm):
    return ["vchan = anchorhold/" + vm, "vchans = %d" % CHANNELS]


class Vchan:
    """As much of a socket as peer.Peer needs."""

    def __init__(self, machine, vm, timeout=30):
        self.deadline = timeout
        self.page = None
        until = time.monotonic() + timeout
        # The last ones first: the unlocker's own is channel 0.
        while not any(self.map(machine, vm, channel)
                      for channel in reversed(range(CHANNELS))):
            if time.monotonic() > until:
                raise ConnectionRefusedError(vm)
            os.sched_yield()

    def map(self, machine, vm, channel):
        """True if this one is fresh, and ours now."""
        name = ":local:domain:%d:data:vchan:%d:%d%s" % (
            SERVER, DOMAINS[vm], PORT, "-%d" % channel if channel else "")
        try:
            with open(os.path.join(machine, name), "r+b") as f:
                page = mmap.mmap(f.fileno(), 0)
        except (FileNotFoundError, ValueError):
            return False
        if page[CLI_LIVE] != 2 or page[SRV_LIVE] != 1:
            return False
        events = [page[at:at + EVENT_NAME].split(b"\0")[0]
                  for at in (EVENTS, EVENTS + EVENT_NAME)]
        try:
            self.event_in = os.open(events[1], os.O_RDONLY | os.O_NONBLOCK)
            self.event_out = os.open(events[0], os.O_WRONLY | os.O_NONBLOCK)
        except OSError:                     # a server that is dead
            return False
        self.page = page
        left, right = struct.unpack_from("=HH", page, ORDERS)
        self.out_size, self.in_size = 1 << left, 1 << right
        self.out_at, self.in_at = PAGE, PAGE + self.out_size
        page[SRV_NOTIFY] = 3
        page[CLI_LIVE] = 1
        self.notify()
        return True

    def index(self, at):
        return struct.unpack_from("=I", self.page, at)[0]

    def put_index(self, at, value):
        struct.pack_into("=I", self.page, at, value & 0xffffffff)

    def notify(self):
        try:
            os.write(self.event_out, b"!")
        except (BlockingIOError, BrokenPipeError):
            pass

    def wait(self, until):
        """False when the server has died."""
        poll = select.poll()
        poll.register(self.event_in, select.POLLIN)
        events = poll.poll(max(0, until - time.monotonic()) * 1000)
        if not events:
            raise TimeoutError
        if events[0][1] & select.POLLIN:
            os.read(self.event_in, 64)
            return True
        return False

    def ask(self):
        self.page[SRV_NOTIFY] = 3

    def recv(self, n):
        until = time.monotonic() + self.deadline
        alive = True
        while True:
            self.ask()
            open_before = alive and self.page[SRV_LIVE] == 1
            cons = self.index(RIGHT_CONS)
            ready = (self.index(RIGHT_PROD) - cons) & 0xffffffff
            assert ready <= self.in_size, "the server's indices"
            if ready or not open_before:
                break
            alive = self.wait(until)
        n = min(n, ready)
        raw = bytes(self.page[self.in_at + (cons + i) % self.in_size]
                    for i in range(n))
        self.put_index(RIGHT_CONS, cons + n)
        self.notify()
        return raw

    def sendall(self, raw):
        until = time.monotonic() + self.deadline
        while raw:
            self.ask()
            prod = self.index(LEFT_PROD)
            room = self.out_size - (
                (prod - self.index(LEFT_CONS)) & 0xffffffff)
            assert 0 <= room <= self.out_size, "the server's indices"
            if self.page[SRV_LIVE] != 1:
                raise BrokenPipeError
            for i, byte in enumerate(raw[:room]):
                self.page[self.out_at + (prod + i) % self.out_size] = byte
            self.put_index(LEFT_PROD, prod + len(raw[:room]))
            raw = raw[room:]
            self.notify()
            if raw and not self.wait(until):
                raise BrokenPipeError

    def settimeout(self, timeout):
        self.deadline = timeout

    def close(self):
        if self.page is None:
            return
        self.page[CLI_LIVE] = 0
        self.notify()
        os.close(self.event_in)
        os.close(self.event_out)
        self.page = None
