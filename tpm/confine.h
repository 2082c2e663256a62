/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TPM_CONFINE_H
#define TPM_CONFINE_H

/*
 * Take from the porter and its bearers what carrying bytes does not need.
 *
 * A bearer runs whatever library the TCTI names and reads what the bus says.
 * So neither has a capability, gains a privilege, leaves a core or can be
 * traced, and both have a list of system calls.  The porter's is a bearer's
 * too, until that has its TCTI: a call that it lacks fails with EPERM there,
 * and the TPM cannot be reached.  A bearer with its TCTI ends at any call
 * that its own list lacks; files, processes and other code are out of reach.
 *
 * Which file does it is chosen by the build, as with the daemons' sandbox:
 * confine.c is all that is installed, tests/confine_none.c stands in under
 * sanitizers and valgrind.
 */

#include "base/err.h"

/* HARDWARE when the kernel refuses a part; the caller must then exit. */
enum err confine_porter(void);

/* After confine_porter; what is left of sockets depends on the TCTI. */
enum err confine_bearer(const char *tcti);

#endif
