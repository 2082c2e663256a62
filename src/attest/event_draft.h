/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ATTEST_EVENT_DRAFT_H
#define ATTEST_EVENT_DRAFT_H

/*
 * Rules for a log that is there: for each event of it one that nothing else
 * meets, and the looser one that people may want instead.
 *
 * The words are what the log says of its event, type included; they decide
 * nothing.  What does is the digest alone: of data that it is the hash of,
 * where they are short, these stand in its place.
 *
 * Knows attest/eventlog.h, attest/event_words.h and wire.
 */

#include "attest/eventlog.h"
#include "wire/wire.h"

#define EVENT_DRAFT_DATA 256	/* what is short */

/* The rule that is met by this event once, ordered; it points into the log.
 * The event is one that extends. */
void event_draft_exact(const struct eventlog *log, const struct event *e,
    size_t bank, struct msg_event_rule *out);

/* For an EFI variable: the rule that any value of it meets, in room.
 * NOT_FOUND for other events, and where the digest is not of the data. */
enum err event_draft_loose(const struct eventlog *log, const struct event *e,
    size_t bank, struct msg_event_rule *out, uint8_t room[static 256]);

#endif
