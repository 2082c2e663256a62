/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FUZZ_CONFIG_UNLOCKER_H
#define TESTS_FUZZ_CONFIG_UNLOCKER_H

/* unlocker.conf for fuzz_config, apart because cryptod's struct settings has
 * the same name. */

#include "base/err.h"

/* Read the file; what was accepted is within its rows, or it aborts. */
enum err check_unlocker(const char *path);

#endif
