/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CTL_EVENTLOG_H
#define CTL_EVENTLOG_H

/*
 * Event logs of files, put on a sheet.
 *
 * Knows attest/event_diff.h, attest/event_words.h.  Does not know which log
 * is to be believed.
 */

#include "attest/eventlog.h"
#include "ctl/input.h"
#include "ctl/sheet.h"

/* A whole log; it points into *in.  One line says what is wrong. */
enum err eventlog_read(const char *path, struct input *in,
    struct eventlog *log);

/* Fill the map that is open with an event. */
void eventlog_put_event(struct sheet *s, const struct eventlog *log,
    const struct event *e, size_t bank);

/* Fill the list that is open with what differs in the PCRs of mask; both have
 * the bank.  How much there was. */
size_t eventlog_put_diff(struct sheet *s, const struct eventlog *was,
    const struct eventlog *now, uint16_t alg, uint32_t mask);

#endif
