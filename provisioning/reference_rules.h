/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROVISIONING_REFERENCE_RULES_H
#define PROVISIONING_REFERENCE_RULES_H

/*
 * The part of anchorhold-reference about rules for event logs: drafted from a
 * log, edited by people, held against a log, told and looked at.
 *
 * Knows attest.  Does not know who signs.
 */

#include "attest/event_text.h"
#include "attest/event_words.h"
#include "provisioning/reference.h"

/* A text of rules as the object that a reference has; logged, with its line,
 * if it is none. */
enum err rules_read(const char *path, uint16_t alg,
    uint8_t object[static EVENT_RULES_BYTES], struct span *out);

/* Whether the log meets them; logged, with its event, if not. */
enum err rules_try(const char *path, struct span log,
    const struct event_goal *goal, struct span rules);

/* The words of a rule, empty if there is none; returns words. */
const char *rules_words(struct span rules, size_t index,
    char words[static EVENT_WORDS_MAX]);

/* What changes from one machine's rules to another's; what is wrong with
 * them. */
void diff_rules(struct findings *f, const struct msg_reference *old,
    const struct msg_reference *new);
void lint_rules(struct findings *f, const struct msg_reference *r);

/* Which events make the difference between the sets of old and new, by the
 * logs of one boot of each kind.  No finding where these do not lead to such
 * sets. */
void diff_events(struct findings *f, const struct eventlog *was,
    const struct eventlog *now, const struct msg_reference *old,
    const struct msg_reference *new);

/* The same for each machine that both have. */
void diff_logs(struct findings *f, const struct eventlog *was,
    const struct eventlog *now, const struct msg_trust *old,
    const struct msg_trust *new);

#endif
