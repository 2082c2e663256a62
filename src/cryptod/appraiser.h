/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_APPRAISER_H
#define CRYPTOD_APPRAISER_H

/*
 * Event logs are a peer's bytes and their reader is large: they are read where
 * there is no secret.
 *
 *	cryptod		writes a job into memory that it alone may write to,
 *	   |  |		and goes on
 *	   |  socketpair: tickets one way, answers of one size the other
 *	   |  |
 *	   +- zygote	forked before anything was unsealed; forks a child for
 *		|	each job, reaps it, passes its answer on, and looks at
 *		|	neither
 *		+- child	a pipe to write its answer into; no files, no
 *			sockets, no other descriptor; so much time, so much
 *			memory; ended at any call of the kernel but a few
 *
 * A child that crashes, hangs, says too much, too little or what cannot be
 * costs its job the answer, and no other job anything.  What a child says of
 * its own job is not proven by anything: it counts for that job alone.
 *
 * A zygote that is gone or has said what it may not is not replaced: all that
 * a process forks once it holds secrets would know them.  One that is silent
 * may come back; meanwhile jobs that it owes are answered as lost.
 *
 * Knows attest/.  Does not know whose evidence it is.
 */

#include "attest/appraise.h"
#include "attest/event_rule.h"

#define APPRAISER_JOBS 4	/* at once */
#define APPRAISER_WHY 64
#define APPRAISER_LINE (APPRAISER_WHY + 64)

struct appraiser;

struct appraiser_setup {
	unsigned	 child_ms;	/* a child may take, */
	unsigned	 child_cpu_s;
	size_t		 child_memory;	/* beside what cryptod had mapped */
	unsigned	 answer_ms;	/* the zygote may take */
};

extern const struct appraiser_setup appraiser_usual;

/* Borrowed while it is asked. */
struct appraiser_log {
	struct span		log;	/* EVENTLOG_MAX at most */
	struct span		rules;	/* an object event_rules, or empty */
	struct event_goal	goal;
};

/* The same, of a request that has to wait for it, with a goal of its own. */
struct appraiser_wanted {
	struct span	log, rules;
	uint16_t	alg;
	uint32_t	mask;
	size_t		len;
	uint8_t		values[QUOTE_VALUES_MAX];
};

struct appraiser_answer {
	/* attest_reader: no answer came of this job; attest_zygote: and none
	 * will of others.  All below says then that nothing was done. */
	enum reason		reason;
	/* The marks are appraise()'s; why is one line of words, empty if
	 * nothing failed, and is about what struct event_finding says. */
	struct appraise_log	log;
	char			why[APPRAISER_WHY];
	enum event_about	about;
	uint32_t		pcr, event, rule, at;
	struct eventlog_pcrs	pcrs;		/* that it leads to, or zero */
};

/* Fork the zygote; call it before anything secret is in this process, and
 * before the sandbox.  HARDWARE when there can be no zygote. */
enum err appraiser_start(const struct appraiser_setup *setup,
    struct appraiser **out);
void appraiser_drop(struct appraiser **a);

/* Begin a job; never waits.  BUSY: so many are under way; LIMIT: it is longer
 * than any may be; STATE: there is no zygote any more. */
enum err appraiser_ask_log(struct appraiser *a,
    const struct appraiser_log *job, uint64_t *ticket);

/* The answer, once; BUSY: not yet; NOT_FOUND: no such ticket is open. */
enum err appraiser_take(struct appraiser *a, uint64_t ticket,
    struct appraiser_answer *out);
/* Nobody will take it. */
void appraiser_forget(struct appraiser *a, uint64_t ticket);

/* What is wrong in one line of plain words, empty if nothing is; "no rule has
 * room for this event: PCR 8, event 3 at byte 417".  Events are numbered as
 * anchorctl eventlog does, rules from 1 on. */
void appraiser_line(const struct appraiser_answer *a,
    char out[static APPRAISER_LINE]);

/* For a watch of the loop (daemon/watch.h) whose self is the appraiser. */
bool appraiser_waits(void *self, int *fd, int *left_ms);
enum err appraiser_go_on(void *self);

/* REASON_none, or REASON_attest_zygote: it is gone, or owes answers. */
enum reason appraiser_trouble(const struct appraiser *a);

#endif
