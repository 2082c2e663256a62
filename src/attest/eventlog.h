/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ATTEST_EVENTLOG_H
#define ATTEST_EVENTLOG_H

/*
 * Logs of what was measured into PCRs while a machine booted: TCG PC Client
 * Platform Firmware Profile 1.06, 10.  Two formats, told apart by the first
 * event: crypto-agile ones begin with a Spec ID Event03, all others are lists
 * of SHA-1 events (TCG_PCClientPCREvent), as TPM 1.2 firmware writes them.
 * The kernel's binary_bios_measurements is either, as the firmware left it.
 *
 * A log proves nothing.  Only one that replays to the PCRs of a quote is what
 * was measured, and even then no more of it than the digests, the PCR numbers
 * and their order: EventType and data are whatever the sender wrote, unless
 * the digest is that of the data (event_covers).
 *
 * The bytes are taken to be hostile: each size is checked against what is
 * left before it is used, nothing is allocated, and a log is looked through
 * as a whole before its first event is handed out.  Everything that is handed
 * out points into the log's bytes.
 *
 * Knows base, crypto.  Does not know quotes, rules or files.
 */

#include <stdbool.h>

#include "attest/bank.h"
#include "base/span.h"

#define EVENTLOG_MAX	196608
#define EVENTLOG_BANKS	8

/* Never extended; all other types say nothing that we rely on. */
#define EVENT_NO_ACTION	0x00000003U

/* A digest algorithm of the log, and the size that its header gives. */
struct eventlog_bank {
	uint16_t	alg, len;
};

struct eventlog {
	struct span		in;
	bool			agile;
	size_t			events;		/* with the Spec ID event */
	size_t			banks;
	struct eventlog_bank	bank[EVENTLOG_BANKS];
	uint8_t			locality;	/* PCR 0 began with it */
};

/* An event; a zeroed one is before the first. */
struct event {
	size_t		index;			/* the first is 0 */
	size_t		at, next;		/* offsets in the log */
	uint32_t	pcr, type;
	struct span	digest[EVENTLOG_BANKS];	/* by bank; empty: none */
	struct span	data;
};

/* What is wrong with a log, and at which byte. */
struct eventlog_flaw {
	size_t		 at;
	const char	*why;
};

/* The values that a log ends in. */
struct eventlog_pcrs {
	uint16_t	alg;
	size_t		len;			/* of each value */
	uint32_t	extended;		/* one bit for each PCR */
	uint8_t		value[BANK_PCRS][HASH_LEN_MAX];
};

/* Look through a whole log.  MALFORMED, and where and why in *flaw; *out is
 * then not to be used. */
enum err eventlog_open(struct span in, struct eventlog *out,
    struct eventlog_flaw *flaw);

/* Step on; false behind the last. */
bool eventlog_next(const struct eventlog *log, struct event *e);

/* Which of log->bank has this algorithm; log->banks if none has. */
size_t eventlog_bank(const struct eventlog *log, uint16_t alg);

/* Is it measured?  The rest only informs. */
bool event_extends(const struct event *e);

/* Is the event's digest of that bank, below log->banks, the hash of its data,
 * so that who accepts the one knows the other?  Errors of hashing are no. */
bool event_covers(const struct eventlog *log, const struct event *e,
    size_t bank);

/* One extend: value = H(value || digest). */
enum err eventlog_extend(struct eventlog_pcrs *p, uint32_t pcr,
    struct span digest);

/* All values before the first event: zero, PCRs 17 to 22 all ones, PCR 0 with
 * the locality in its last byte.  NOT_FOUND if we cannot compute that bank. */
enum err eventlog_reset(const struct eventlog *log, uint16_t alg,
    struct eventlog_pcrs *out);

/* All values behind the last.  NOT_FOUND if that bank is not in the log, not
 * in each of its events, or none that we can compute. */
enum err eventlog_replay(const struct eventlog *log, uint16_t alg,
    struct eventlog_pcrs *out);

#endif
