/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "wire/wire.h"

/* docs/protocol.cddl is what this prints: make update-cddl. */
int
main(void)
{
	wire_cddl(stdout);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
