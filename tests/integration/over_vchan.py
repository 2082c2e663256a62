# SPDX-License-Identifier: GPL-2.0-or-later
"""Run another system test with its daemons linked by vchans, over the mock of
libxenvchan that their test builds have."""

import os
import runpy
import subprocess
import sys


def run(test, lies=""):
    try:
        import cell
    except ImportError as missing:
        print("skipped: no", missing.name)
        sys.exit(77)
    version = subprocess.run(
        [os.path.join(cell.BUILD, "tests/daemons/cryptod"), "--version"],
        stdout=subprocess.PIPE, check=True).stdout
    if b"with vchan" not in version:
        print("skipped: this build has no vchan (libxen-dev)")
        sys.exit(77)
    cell.LINK, cell.LIES = "vchan", lies
    if test is not None:
        runpy.run_path(os.path.join(os.path.dirname(__file__), test),
                       run_name="__main__")
