/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ATTEST_APPRAISE_H
#define ATTEST_APPRAISE_H

/*
 * Whether evidence is to be believed.
 *
 * The answer is a vector: each step of attest/steps.def passed, failed or was
 * not done.  Zero is "not done", and a verdict is good only when every step
 * that it must have was done and passed; so what was never looked at, for
 * want of a reference, a challenge or a line of code, cannot hide.  After a
 * step that failed the others are still done where they can be: the vector
 * tells all that is wrong, and the reason is that of the first.
 *
 * Fixed sizes, no allocation.  Event logs are read elsewhere, by a process
 * that is not trusted with more; its answer comes in as struct
 * appraise_log.
 *
 * Knows attest/evidence.h and attest/reference.h.  Does not know where
 * challenges are kept, nor who asks.
 */

#include "attest/evidence.h"
#include "attest/reference.h"
#include "wire/reasons.h"

enum appraise_step {
#define STEP(name, must, text) APPRAISE_##name,
#include "attest/steps.def"
#undef STEP
	APPRAISE_STEPS
};

enum appraise_mark { APPRAISE_NOT_DONE, APPRAISE_PASSED, APPRAISE_FAILED };

/* What is remembered of a vm_id's TPM from one good appraisal to the next.
 * All zero: nothing. */
struct appraised {
	bool		seen;
	uint64_t	clock_ms;
	uint32_t	reset_count, restart_count;
	bool		unsafe;		/* was taken since this reset */
	/* By an act: at this resetCount it is as if nothing were known. */
	bool		accepted;
	uint32_t	accept;
};

/* What was found in the event log; see attest/eventlog.h. */
struct appraise_log {
	enum appraise_mark	replay;	/* it leads to the PCR values */
	enum appraise_mark	rules;	/* each event meets them */
};

struct appraise_case {
	const struct evidence	*evidence;
	const struct reference	*reference;	/* NULL: 1, 4, 5 not done */
	/* Of the channel, not of the evidence; what was issued to this peer
	 * and is open; the whole map that it has to be bound to. */
	struct span		 vm_id, challenge, bound;
	/* For a quote that is no evidence: what its extraData has to be, in
	 * place of those three. */
	struct span		 extra;
	const struct appraised	*last;		/* NULL: 6 not done */
	/* Up to this Clock, and while the TPM neither is reset nor restarts,
	 * safe = no goes on being the one that was accepted; 0: once. */
	uint64_t		 unsure_ms;
	const struct appraise_log *log;		/* NULL: none was read */
};

struct appraisal {
	enum appraise_mark	step[APPRAISE_STEPS];
	enum reason		why;	/* of the first failure */
	bool			reset;	/* since it was last seen: cached
					 * verdicts are void */
	struct quote		quote;	/* what was read; zero if nothing */
	struct appraised	next;	/* to remember, when it is good */
};

/* Nothing of *a is left as it was. */
void appraise(const struct appraise_case *c, struct appraisal *a);

/* Every step that must be was done and passed, and none failed. */
bool appraisal_good(const struct appraisal *a);

/* Why it is not good: that of the first step which failed, or
 * REASON_quote_undone; REASON_none when it is good. */
enum reason appraisal_reason(const struct appraisal *a);

/* The values met no set but for what is fixed, there are rules and a log: it
 * has to be read, and to lead to reference_by_log() of the values. */
bool appraisal_wants_log(const struct appraise_case *c,
    const struct appraisal *a);

/* "signature"; "passed"; what passing says. */
const char *appraise_step_name(enum appraise_step s);
const char *appraise_mark_name(enum appraise_mark m);
const char *appraise_step_text(enum appraise_step s);
bool appraise_step_must(enum appraise_step s);

#endif
