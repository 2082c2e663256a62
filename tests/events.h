/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_EVENTS_H
#define TESTS_EVENTS_H

/*
 * Event logs that tests write themselves, as firmware does.
 *
 * Knows attest.
 */

#include "attest/eventlog.h"

/* Of attest/event_types.def, for tests that name no others. */
#define EV_SEPARATOR	0x00000004U
#define EV_CRTM_VERSION	0x00000008U
#define EV_IPL		0x0000000dU
#define EV_VARIABLE	0x80000001U
#define EV_APPLICATION	0x80000003U
#define EV_ACTION	0x80000007U
#define EV_HCRTM	0x80000010U

struct events {
	uint8_t		at[EVENTLOG_MAX + 4096];
	size_t		len, banks;
	uint16_t	bank[EVENTLOG_BANKS];
};

/* Empty, of SHA-1 events when n is 0; else with the header of n banks. */
void events_begin(struct events *l, const uint16_t *banks, size_t n);

/* Measured: digest = H(data) in each bank that we can compute, 0x5a in the
 * others. */
void events_add(struct events *l, uint32_t pcr, uint32_t type,
    struct span data);

/* The same where the digest is that of something else. */
void events_measure(struct events *l, uint32_t pcr, uint32_t type,
    struct span measured, struct span data);

/* EV_NO_ACTION, with digests of zeros. */
void events_tell(struct events *l, uint32_t pcr, struct span data);

/* Bytes as they are. */
void events_put(struct events *l, struct span bytes);

struct span events_span(const struct events *l);

#endif
