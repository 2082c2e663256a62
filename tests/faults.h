/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FAULTS_H
#define TESTS_FAULTS_H

/*
 * The calls by which a program changes a disk, made to fail or to be its last:
 * pwrite, ftruncate, fdatasync, fsync, renameat and unlinkat of a test that
 * links this file are these.  A pwrite that is to fail writes half first, and
 * a sync that succeeds does nothing: nobody cuts the power of a test.
 */

#define FAULT_STATUS 77

/* The n-th of these calls from now fails with this errno; with 0 the process
 * ends there with FAULT_STATUS, the call not done. n = 0: none. */
void fault_at(unsigned n, int error);

/* Every call of this name, pread included, fails with this errno; NULL: no
 * call does. */
void fault_on(const char *call, int error);

/* How many of these calls there were since fault_at(). */
unsigned fault_calls(void);

#endif
