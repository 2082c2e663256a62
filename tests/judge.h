/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_JUDGE_H
#define TESTS_JUDGE_H

/* Whether what an act brought is what it should bring: by using it, or because
 * the same comes of the act each time. */

#include <stdbool.h>

#include "tests/tape.h"

bool judge(struct tpm *t, const struct act *a, const struct scene *s,
    const struct outcome *out);

#endif
