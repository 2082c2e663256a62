/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_HANDS_H
#define TESTS_HANDS_H

/*
 * An appraiser with a zygote and children of its own, jobs for it, and bad
 * hands: a child does what its log says ("act:loop"), and a zygote what it
 * was told before it was started.  Link with -Wl,--wrap=reader_read and
 * -Wl,--wrap=zygote_live.
 */

#include <sys/types.h>

#include "cryptod/appraiser.h"
#include "crypto/hash.h"
#include "tests/events.h"
#include "tests/unit/unit.h"

enum lie {
	LIE_NOT, LIE_BEFORE, LIE_TICKET, LIE_SLOT, LIE_END, LIE_SHORT,
	LIE_LONG, LIE_TWICE, LIE_QUITS, LIE_NO_GREETING, LIE_REFUSES
};

/* What zygotes are, from the next one on. */
extern enum lie hands_lie;

struct hands {
	struct appraiser_setup	 setup;
	struct appraiser	*a;
	struct appraiser_log	 job;
	struct events		 log;
	uint8_t			 value[SHA256_LEN], rules[512];
	size_t			 at;		/* of the one event */
};

/* For cmocka: a struct hands as the state. */
int hands_begin(void **state);
int hands_end(void **state);

void hands_start(struct hands *h);

/* A log of one event, a rule for it, and the value that it leads to. */
void hands_make(struct hands *h, const char *measured, const char *rule);

/* Begin a job that does this. */
uint64_t hands_act(struct hands *h, const char *act);

/* Until there is an answer; the same for the job that was made. */
void hands_wait(struct hands *h, uint64_t ticket, struct appraiser_answer *a);
void hands_ask(struct hands *h, struct appraiser_answer *a);

/* No answer came, and why. */
void hands_lost(const struct appraiser_answer *a, enum reason why);

/* It works, or does not any more. */
void hands_work(struct hands *h);
void hands_gone(struct hands *h);

/* Hear all that there is to be heard, until nothing is owed or all is over. */
void hands_settle(struct hands *h);

/* A zygote without cryptod's half: its socket. */
int hands_zygote(struct hands *h, pid_t *pid);

/* Is it only waited for? */
bool hands_zombie(pid_t pid);

/* The newest child of a process, once it has one. */
pid_t hands_child(pid_t of);

#endif
