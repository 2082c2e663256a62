/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * make_golden FILE: a journal in the present format, under the key of
 * tests/place.h, with every kind of record in it.  It is run once for each
 * version of the format, and what it wrote stays in tests/golden/ for good:
 * test_golden opens them all.
 */

#include <stdio.h>

#include "store/store.h"
#include "tests/place.h"
#include "tests/records.h"
#include "tests/unit/unit.h"

static const char *const snapshot[] = {
	"appliance golden 1 2 3 4; operator al; operator bo",
	"device al ph 30 6 100; device bo tab 60 8 50; floor bo tab 51",
	"rule operator al luks:*; rule vm vm1 luks:*; rule channel al vm1",
	"key k current 5000 6000 10; key n next 9000 9900; secret luks:root",
	"failures vm1 al 3 24; failures vm1 - 1 8; seen vm1 a 4000",
	"entry +1; entry +1; mark start 3000",
};

/* Each a frame. */
static const char *const commits[] = {
	"mark commit 3010; floor al ph 101; seen vm1 b 4100; entry +1",
	"mark commit 3020; failures vm1 al 0 0; failures vm2 bo 2 16; entry +1",
	"mark commit 3030; operator cy; device cy ph 30 6 1; rule vm vm2 net:*",
	"mark commit 3040; phase k previous 4000 6000; phase n current 9000 9900",
	"mark commit 3050; gone device bo tab; gone rule vm vm2 net:*; "
	    "floor cy ph 2 restart",
	"mark commit 3060; appliance golden 1 3 4 4; secret luks:home; entry +1",
	"entry +1; mark stop 3070",
};

static void
commit(struct store *store, const struct state *state, const char *script)
{
	char text[512], *rest, *command;

	snprintf(text, sizeof(text), "%s", script);
	for (command = strtok_r(text, ";", &rest); command != NULL;
	    command = strtok_r(NULL, ";", &rest)) {
		char *w[RECORDS_WORDS] = { NULL }, *next = NULL;
		struct msg m;
		size_t n = 0;

		for (char *t = strtok_r(command, " ", &next); t != NULL;
		    t = strtok_r(NULL, " ", &next))
			w[n++] = t;
		records_make(state, w, &m);
		assert_err(store_put(store, &m), ERR_OK);
	}
	assert_err(store_commit(store), ERR_OK);
}

int
main(int argc, char **argv)
{
	uint8_t buf[PLACE_CAP];
	struct store *store;
	struct state *state;
	struct place *p;
	size_t len;
	FILE *f;

	if (argc != 2)
		return 1;
	place_begin((void **)&p);
	assert_err(state_new(&state), ERR_OK);
	for (size_t i = 0; i < ROWS(snapshot); i++)
		assert_err(records_run(state, snapshot[i]), ERR_OK);
	assert_err(store_create(&p->setup, state, &store), ERR_OK);
	for (size_t i = 0; i < ROWS(commits); i++)
		commit(store, state, commits[i]);
	len = place_load(p, buf);
	store_drop(&store);
	state_drop(&state);
	place_end((void **)&p);
	f = fopen(argv[1], "wbx");
	return f != NULL && fwrite(buf, 1, len, f) == len && fclose(f) == 0 ?
	    0 : 1;
}
