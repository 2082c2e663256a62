/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_KAT_FLIPPED_H
#define TESTS_KAT_FLIPPED_H

#include "crypto/kat.h"

/* Which answer is wrong; KAT_END for none. */
extern enum kat kat_flipped;

#endif
