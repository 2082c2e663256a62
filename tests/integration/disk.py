# SPDX-License-Identifier: GPL-2.0-or-later
"""What a disk may hold after a power cut, by a record of system calls.

What was synced is there: a file's bytes and size by a sync of the file, the
names in a directory by a sync of the directory.  Of what was not, each write
and each name may have arrived or not, in any order; of a write any part, cut
at the borders of sectors or anywhere; and the size may have grown without the
bytes, which are zeros then.  A name that was moved may be at both places.
"""

import itertools
import os
import random

SECTOR = 512


def write(data, at, new):
    data = data.ljust(at, b"\0")
    return data[:at] + new + data[at + len(new):]


class File:
    def __init__(self, data=b""):
        self.disk = data        # what is there for sure
        self.late = []          # (at, bytes), or (size, None) for a cut

    def after(self, ops):
        data = self.disk
        for at, new in ops:
            data = data[:at].ljust(at, b"\0") if new is None else (
                write(data, at, new))
        return data

    def live(self):
        return self.after(self.late)

    def sync(self):
        self.disk, self.late = self.live(), []


def some_of(ops, most):
    """Which of these arrived: all subsets of a few, else those in order, all
    but one, and one alone."""
    if len(ops) <= most:
        for n in range(len(ops) + 1):
            yield from map(list, itertools.combinations(ops, n))
        return
    for n in range(len(ops) + 1):
        yield ops[:n]
    for n in range(len(ops)):
        yield ops[:n] + ops[n + 1:]
        yield ops[n:n + 1]


class Disk:
    """A directory and those in it, as files are changed there."""

    def __init__(self, top, thorough):
        self.top, self.thorough = os.fsencode(top), thorough
        self.live, self.disk, self.late, self.fds = {}, {}, {}, {}
        for where, dirs, files in os.walk(self.top):
            names = self.live[os.path.relpath(where, self.top)] = {}
            for name in files:
                with open(os.path.join(where, name), "rb") as f:
                    names[name] = File(f.read())
        for where, names in self.live.items():
            self.disk[where], self.late[where] = dict(names), []
        self.random = random.Random(1)

    # ---- what is done to it ----

    def begin(self):
        """Another process."""
        self.fds = {}

    def directory(self, fd):
        """By descriptor; None if it is none of these."""
        at = self.fds.get(fd)
        return at if isinstance(at, bytes) else None

    def open(self, call):
        where, name = self.directory(call.args[0]), call.paths[0]
        if name == self.top:
            self.fds[call.result] = b"."
        elif where is not None and name == b".":
            self.fds[call.result] = where
        elif where == b"." and name in self.live:
            self.fds[call.result] = name
        elif where is not None:
            names = self.live[where]
            if name not in names:
                names[name] = File()
                self.late[where].append(("put", name, names[name], None))
            if call.args[2] & os.O_TRUNC:
                names[name].late.append((0, None))
            self.fds[call.result] = names[name], [0]

    def change_name(self, call):
        where, name = self.directory(call.args[0]), call.paths[0]
        if where is None:
            return
        was, put = self.live[where].pop(name), None
        if call.name == "renameat":
            self.live[where][call.paths[1]] = was
            put = ("put", call.paths[1], was, None)
            self.late[where].append(put)
        # What was moved is never at neither place.
        self.late[where].append(("drop", name, was, put))

    def change_file(self, call):
        file, at = self.fds[call.args[0]]
        if call.name == "ftruncate":
            file.late.append((call.args[1], None))
        elif call.name == "pwrite64":
            file.late.append((call.args[3], call.data))
        else:
            file.late.append((at[0], call.data))
            at[0] += call.result

    def is_sync(self, call):
        return call.name in ("fdatasync", "fsync") and call.result == 0 and (
            call.args[0] in self.fds)

    def step(self, call):
        """The call returned; what is no change is passed over."""
        fd = call.args[0]
        if call.result < 0:
            return
        if call.name == "openat":
            self.open(call)
        elif call.name in ("renameat", "unlinkat"):
            self.change_name(call)
        elif fd not in self.fds:
            pass
        elif call.name == "close":
            del self.fds[fd]
        elif call.name in ("write", "pwrite64", "ftruncate"):
            self.change_file(call)
        elif self.is_sync(call):
            where = self.directory(fd)
            if where is None:
                self.fds[fd][0].sync()
            else:
                self.disk[where] = dict(self.live[where])
                self.late[where] = []

    # ---- what may be left of it ----

    def tears(self, at, length):
        """Where a write is torn: at borders of sectors, and at odd places;
        20 bytes are a frame's length and its check."""
        borders = [b - at for b in range(at - at % SECTOR + SECTOR,
                                         at + length, SECTOR)]
        odd = [1, 19, 20, 21, length // 2, length - 16, length - 1]
        if not self.thorough:
            borders, odd = borders[:1], [20, length - 1]
        elif len(borders) > 32:
            borders = borders[:16] + borders[-16:]
        return sorted(t for t in {*borders, *odd} if 0 < t < length)

    def torn(self, at, data):
        """The parts of a write of which some arrived."""
        tears = self.tears(at, len(data))
        for t in tears:
            yield [(at, data[:t])]
            yield [(at + t, data[t:])]
        for a, b in itertools.pairwise(tears):
            yield [(at, data[:a]), (at + b, data[b:])]

    def contents(self, file):
        """All that the file may hold, nothing of what is late first, and
        then all of it."""
        live, late = file.live(), file.late
        found = {file.disk: None, live: None}

        def add(ops):
            data = file.after(ops)
            found[data] = None
            found[data.ljust(len(live), b"\0")] = None

        for ops in some_of(late, 4):
            add(ops)
        for n, (at, data) in enumerate(late):
            for part in self.torn(at, data) if data else ():
                add(late[:n] + part)
                add(part + late[n + 1:])
        return list(found)

    def names(self, where):
        """The same of a directory's names."""
        found = {}
        for ops in ([], self.late[where], *some_of(self.late[where], 6)):
            names = dict(self.disk[where])
            if any(op[3] not in (None, *ops) for op in ops):
                continue
            for what, name, file, _ in ops:
                if what == "put":
                    names[name] = file
                elif names.get(name) is file:
                    del names[name]
            found[tuple(sorted((n, id(f)) for n, f in names.items()))] = names
        return list(found.values())

    def images(self, most):
        """Disks, as {directory: {name: bytes}}: whatever is late varies alone
        while nothing else arrived, and while all else did; and then all at
        once, where these are not more than that, else some of them."""
        parts = [(where, self.names(where)) for where in self.late]
        files = {id(f): f for w in self.live for names in
                 (self.live[w], self.disk[w]) for f in names.values()}
        parts += [(n, self.contents(f)) for n, f in files.items() if f.late]
        for n, (_, ways) in enumerate(parts):
            for rest in (0, -1):
                for way in range(len(ways)):
                    yield self.image(parts, [
                        way if i == n else rest and min(1, len(w) - 1)
                        for i, (_, w) in enumerate(parts)])
        ranges = [range(len(ways)) for _, ways in parts]
        total = 1
        for r in ranges:
            total *= len(r)
        choices = itertools.product(*ranges) if total <= most else (
            [self.random.choice(r) for r in ranges] for _ in range(most))
        for choice in choices:
            yield self.image(parts, choice)

    def image(self, parts, choice):
        chosen = {key: ways[c] for (key, ways), c in zip(parts, choice)}
        return {where: {name: chosen.get(id(f), f.disk) for name, f in
                        chosen[where].items()} for where in self.live}
