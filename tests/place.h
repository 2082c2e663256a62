/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_PLACE_H
#define TESTS_PLACE_H

/*
 * A directory of one test, and a journal in it whose payloads are words.
 */

#include "store/journal.h"

#define PLACE_COMMITS 3
#define PLACE_CAP 4096

struct place {
	int			 dir;
	char			 path[32];
	struct drbg		*drbg;
	struct journal_setup	 setup;
	struct journal		*j;
	struct journal_report	 report;
	char			 said[256];	/* a blank behind each word */
};

extern const uint8_t place_appliance[JOURNAL_APPLIANCE_LEN];

/* Snapshots: "old-a old-b" and "new". */
extern const struct journal_source place_old;
extern const struct journal_source place_new;

/* For cmocka; the place is *state. */
int place_begin(void **state);
int place_end(void **state);

/* Put a word on the page; its length. */
size_t place_fill(struct journal *j, const char *text);

/* What the journal says goes to said. */
enum err place_take(void *self, struct span payload);

enum err place_commit(struct place *p, const char *text);

/* Close it if it is open, and read it. */
enum err place_reopen(struct place *p);

/* The same, and compare. */
void place_expect(struct place *p, enum err want, enum journal_fate fate,
    const char *said);

/* The file `journal`. */
size_t place_load(struct place *p, uint8_t *buf);
void place_save(struct place *p, const uint8_t *buf, size_t len);

/* A journal of the old state and the commits "one two six", closed; ends[k]
 * is its size with k of them. */
size_t place_make(struct place *p, uint8_t *buf, size_t *ends);

#endif
