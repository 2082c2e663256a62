/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ATTEST_EVENT_WORDS_H
#define ATTEST_EVENT_WORDS_H

/*
 * Events for people.  What is said here is what the log says of itself: the
 * type is never vouched for, and the data only where the digest is their hash
 * (event_covers).
 *
 * Knows attest/eventlog.h.  Does not decide anything.
 */

#include "attest/eventlog.h"

#define EVENT_WORDS_MAX	192

/* "EV_SEPARATOR"; NULL for a type that has no name. */
const char *event_type_name(uint32_t type);

/* "program \EFI\BOOT\BOOTX64.EFI": printable ASCII, cut where it gets too
 * long; what is none of it is a dot.  Returns out. */
const char *event_words(const struct event *e,
    char out[static EVENT_WORDS_MAX]);

#endif
