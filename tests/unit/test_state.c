/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "store/find.h"
#include "tests/records.h"

/* The last command is to be answered as the row says. */
static const struct row {
	const char	*name;
	const char	*script;
	enum err	 want;
} rows[] = {
	{ "an appliance", "appliance a 0 1 1 1", ERR_OK },
	{ "its versions rise", "appliance a 0 1 1 1; appliance a 1 2 2 2", ERR_OK },
	{ "another issuer", "appliance a 0 1 1 1; appliance b 0 1 1 1", ERR_STATE },
	{ "another root key", "appliance a 0 1 1 1; appliance a 0 1 1 1 root", ERR_STATE },
	{ "another ceremony", "appliance a 0 1 1 1; appliance a 0 1 1 1 created", ERR_STATE },
	{ "a policy floor over the policy", "appliance a 2 1 1 1", ERR_STATE },
	{ "a policy floor that goes down", "appliance a 1 2 1 1; appliance a 0 2 1 1", ERR_STATE },
	{ "a policy that goes down", "appliance a 0 2 1 1; appliance a 0 1 1 1", ERR_STATE },
	{ "key metadata that go down", "appliance a 0 1 2 1; appliance a 0 1 1 1", ERR_STATE },
	{ "a revocation list that goes down", "appliance a 0 1 1 2; appliance a 0 1 1 1", ERR_STATE },

	{ "an operator", "operator al", ERR_OK },
	{ "the same operator again is the same row", "operator al; operator al; gone operator al; gone operator al", ERR_NOT_FOUND },
	{ "a device", "operator al; device al ph 30 6 5", ERR_OK },
	{ "a device of nobody", "device al ph 30 6 5", ERR_NOT_FOUND },
	{ "a device of another", "operator bo; device al ph 30 6 5", ERR_NOT_FOUND },
	{ "seven digits", "operator al; device al ph 30 7 5", ERR_STATE },
	{ "a device replaced", "operator al; device al ph 30 6 5; device al ph 30 8 5", ERR_OK },
	{ "a device replaced by one with a lower floor", "operator al; device al ph 30 6 5; device al ph 30 6 4", ERR_STATE },
	{ "a device replaced by one with another step", "operator al; device al ph 30 6 5; device al ph 60 6 5", ERR_STATE },
	{ "a floor that rises", "operator al; device al ph 30 6 5; floor al ph 6", ERR_OK },
	{ "a floor that stays", "operator al; device al ph 30 6 5; floor al ph 5", ERR_OK },
	{ "a floor that goes down", "operator al; device al ph 30 6 5; floor al ph 4", ERR_STATE },
	{ "the floor of another device", "operator al; device al ph 30 6 5; floor al tab 6", ERR_NOT_FOUND },
	{ "the floor of another's device", "operator al; operator bo; device al ph 30 6 5; floor bo ph 6", ERR_NOT_FOUND },
	{ "a device gone", "operator al; device al ph 30 6 5; gone device al ph; floor al ph 6", ERR_NOT_FOUND },
	{ "one of two devices gone", "operator al; device al ph 30 6 5; device al tab 30 6 9; gone device al ph; floor al tab 8", ERR_STATE },
	{ "a device gone that was none", "operator al; gone device al ph", ERR_NOT_FOUND },
	{ "an operator gone takes the devices", "operator al; operator bo; device al a 30 6 5; device bo b 30 6 5; device al c 30 6 5; gone operator al; operator al; floor al c 6", ERR_NOT_FOUND },
	{ "and leaves those of the others", "operator al; operator bo; device al a 30 6 5; device bo b 30 6 5; device al c 30 6 5; gone operator al; floor bo b 6", ERR_OK },

	{ "a rule", "rule operator al luks:root", ERR_OK },
	{ "a rule with a star", "rule vm vm1 luks:*", ERR_OK },
	{ "a star alone", "rule vm vm1 *", ERR_STATE },
	{ "a star within", "rule vm vm1 luks:ro*", ERR_STATE },
	{ "a star on the left", "rule vm vm1 *:root", ERR_STATE },
	{ "two stars", "rule vm vm1 luks:**", ERR_STATE },
	{ "no left-hand side", "rule vm vm1 :root", ERR_STATE },
	{ "no right-hand side", "rule vm vm1 luks:", ERR_STATE },
	{ "no colon", "rule vm vm1 luks", ERR_STATE },
	{ "two colons", "rule vm vm1 luks:a:b", ERR_STATE },
	{ "a capital", "rule vm vm1 luks:Root", ERR_STATE },
	{ "a channel's rule", "rule channel al vm1", ERR_OK },
	{ "a channel's rule with a star", "rule channel al *", ERR_STATE },
	{ "all rules of a kind gone", "rule vm a b:*; rule vm c d:*; rule audience a b:*; rule vm e f:*; gone rule vm; gone rule vm c d:*", ERR_NOT_FOUND },
	{ "and none of another kind", "rule vm a b:*; rule audience a b:*; gone rule vm; gone rule audience a b:*", ERR_OK },
	{ "all of a kind that has none", "gone rule vm", ERR_OK },

	{ "officers and a quorum", "officer a A; officer b B; acts 2 0", ERR_OK },
	{ "an officer again", "officer a A; officer a A", ERR_STATE },
	{ "an officer with another key", "officer a A; officer a B", ERR_STATE },
	{ "two officers with one key", "officer a A; officer b A", ERR_STATE },
	{ "an officer after the quorum", "officer a A; acts 1 0; officer b B", ERR_STATE },
	{ "a quorum of more than there are", "officer a A; acts 2 0", ERR_STATE },
	{ "another quorum", "officer a A; officer b B; acts 2 0; acts 1 0", ERR_STATE },
	{ "acts_from that rises", "officer a A; acts 1 5; acts 1 6", ERR_OK },
	{ "acts_from that goes down", "officer a A; acts 1 5; acts 1 4", ERR_STATE },
	{ "an act spent", "spent a 1 1", ERR_OK },
	{ "an act spent twice", "spent a 1 1; spent a 1 2", ERR_STATE },
	{ "an act spent before the last one", "spent a 1 2; spent b 1 1", ERR_STATE },
	{ "one that is forgotten leaves the others in order", "spent a 10 10; spent b 100 100; spent c 211 211; spent d 211 211", ERR_OK },
	{ "one that is 200 epochs old is remembered", "spent a 10 10; spent b 210 210; spent a 10 210", ERR_STATE },
	{ "one that is older is not", "spent a 10 10; spent b 211 211; spent a 10 211", ERR_OK },

	{ "a domain's TPM", "vm web A ceremony", ERR_OK },
	{ "two domains, a TPM each", "vm web A ceremony; vm db B ceremony", ERR_OK },
	{ "one TPM for two domains", "vm web A ceremony; vm db A officers", ERR_STATE },
	{ "the same TPM again", "vm web A ceremony; vm web A officers", ERR_STATE },
	{ "another TPM without the officers", "vm web A ceremony; vm web B ceremony", ERR_STATE },
	{ "another TPM by the officers", "vm web A ceremony; vm web B officers", ERR_OK },
	{ "of before: two AKs of one TPM for two domains", "vm web A/T ceremony; vm db B/T officers", ERR_OK },
	{ "of before: one TPM for another's domain by the officers", "vm web A/T ceremony; vm db B/U ceremony; vm db C/T officers", ERR_OK },
	{ "another AK of the same TPM", "vm web A/T ceremony; vm web B/T officers", ERR_OK },
	{ "the one before is nobody's then", "vm web A ceremony; vm web B officers; vm db A ceremony", ERR_OK },

	{ "what its TPM said", "vm web A ceremony; appraised web 3 1 100", ERR_OK },
	{ "and said later", "vm web A ceremony; appraised web 3 1 100; appraised web 3 1 100", ERR_OK },
	{ "after a reset", "vm web A ceremony; appraised web 3 1 100; appraised web 4 0 0", ERR_OK },
	{ "before that reset", "vm web A ceremony; appraised web 3 1 100; appraised web 2 1 200", ERR_STATE },
	{ "a clock that went back", "vm web A ceremony; appraised web 3 1 100; appraised web 3 1 99", ERR_STATE },
	{ "a restart that was none", "vm web A ceremony; appraised web 3 1 100; appraised web 3 0 100", ERR_STATE },
	{ "of another TPM by the officers", "vm web A ceremony; appraised web 3 1 100; vm web B officers; appraised web 1 1 1", ERR_OK },
	{ "of a TPM that is none", "appraised web 3 1 100", ERR_NOT_FOUND },

	{ "a TPM put back to a reset that is accepted", "vm web A ceremony; appraised web 3 1 100; accepted web 2; appraised web 2 0 7", ERR_OK },
	{ "to another one", "vm web A ceremony; appraised web 3 1 100; accepted web 1; appraised web 2 1 200", ERR_STATE },
	{ "within the reset that is accepted", "vm web A ceremony; appraised web 3 1 100; accepted web 3; appraised web 3 0 7", ERR_OK },
	{ "back once more", "vm web A ceremony; appraised web 3 1 100; accepted web 2; appraised web 2 1 200; appraised web 2 1 199", ERR_STATE },
	{ "accepted, and in vain", "vm web A ceremony; appraised web 3 1 100; accepted web 2; appraised web 3 1 101; appraised web 2 1 200", ERR_STATE },
	{ "accepted, and past it", "vm web A ceremony; appraised web 3 1 100; accepted web 4; appraised web 5 0 0; appraised web 4 0 0", ERR_STATE },
	{ "a reset to come stays accepted", "vm web A ceremony; appraised web 3 1 100; accepted web 4; appraised web 3 1 101; appraised web 4 0 9; appraised web 4 0 8", ERR_STATE },
	{ "another one accepted instead", "vm web A ceremony; appraised web 3 1 100; accepted web 1; accepted web 2; appraised web 1 0 0", ERR_STATE },
	{ "for a TPM that has gone", "vm web A ceremony; appraised web 3 1 100; accepted web 2; vm web B officers; appraised web 3 1 100; appraised web 2 0 0", ERR_STATE },
	{ "accepted of a TPM that was never seen", "vm web A ceremony; accepted web 2", ERR_STATE },
	{ "accepted of no domain", "accepted web 2", ERR_NOT_FOUND },

	{ "a trust file", "trusted 1; trusted 3", ERR_OK },
	{ "one that is older", "trusted 3; trusted 2", ERR_STATE },
	{ "another of the same version", "trusted 3; trusted 3", ERR_STATE },

	{ "a rule gone", "rule vm vm1 luks:*; gone rule vm vm1 luks:*; gone rule vm vm1 luks:*", ERR_NOT_FOUND },
	{ "a rule of another kind gone", "rule vm vm1 luks:*; gone rule operator vm1 luks:*", ERR_NOT_FOUND },

	{ "a key", "key k next 50 60", ERR_OK },
	{ "a key that signs for longer than it is good", "key k next 61 60", ERR_STATE },
	{ "the same key twice", "key k next 50 60; key k next 50 60", ERR_STATE },
	{ "a key goes on", "key k next 50 60; phase k current 50 60; phase k previous 40 60", ERR_OK },
	{ "a key that is none", "phase k current 50 60", ERR_NOT_FOUND },
	{ "a key that comes back", "key k previous 50 60; phase k current 50 60", ERR_STATE },
	{ "a key that signs for longer", "key k current 50 60; phase k current 51 60", ERR_STATE },
	{ "a key that is good for longer", "key k current 50 60; phase k current 50 61", ERR_STATE },
	{ "a key gone", "key k next 50 60; key l current 50 60; gone key k; phase k current 50 60", ERR_NOT_FOUND },
	{ "a key that is good before it is there", "key k next 50 60 51", ERR_STATE },
	{ "a key that ends before it begins", "key k next 50 60 40; phase k revoked 39 60", ERR_STATE },
	{ "a second key that signs", "key k current 50 60; key l current 50 60", ERR_STATE },
	{ "a second key that comes to sign", "key k current 50 60; key l next 50 60; phase l current 50 60", ERR_STATE },
	{ "a second key that waits", "key k next 50 60; key l next 50 60", ERR_STATE },
	{ "a second key that has signed", "key k previous 50 60; key l previous 50 60", ERR_OK },
	{ "a key announced", "key k next 50 60; phase k next 50 60 7; phase k current 50 60", ERR_OK },
	{ "a key announced again", "key k next 50 60; phase k next 50 60 7; phase k next 50 60 8", ERR_STATE },

	{ "a secret", "secret luks:root", ERR_OK },
	{ "a secret replaced", "secret luks:root; secret luks:root; gone secret luks:root; gone secret luks:root", ERR_NOT_FOUND },
	{ "nothing gone", "gone nothing", ERR_STATE },

	{ "a request seen", "seen vm1 a 100", ERR_OK },
	{ "seen until it is over", "mark commit 101; seen vm1 a 100; mark commit 101", ERR_OK },
	{ "failures", "failures vm1 al 1 8; failures vm1 al 2 16; failures vm2 al 1 8", ERR_OK },
	{ "failures at half a time", "failures vm1 al 1 9", ERR_STATE },
	{ "no failures", "failures vm1 al 0 0", ERR_OK },
	{ "failures of the unknown", "failures vm1 - 1 8; failures vm1 al 0 0", ERR_OK },

	{ "entries in order", "entry +1; entry +1", ERR_OK },
	{ "the first entry is 1", "entry +2", ERR_STATE },
	{ "an entry left out", "entry +1; entry +2", ERR_STATE },
	{ "an entry twice", "entry +1; entry +0", ERR_STATE },
	{ "an entry that does not chain", "entry +1; entry +1 wrong", ERR_STATE },
	{ "what is no entry", "entry nonsense", ERR_MALFORMED },
	{ "the head of a snapshot", "head 7; entry +1", ERR_OK },
	{ "a head after entries", "entry +1; head 7", ERR_STATE },

	{ "a start", "mark start 5", ERR_OK },
	{ "steps of a day, and of the next", "steps 5 27; steps 6 1", ERR_OK },
	{ "a day does not come again", "steps 6 1; steps 5 27", ERR_STATE },
	{ "a stop", "mark start 5; mark stop 9", ERR_OK },
	{ "a stop, and then something", "mark stop 9; operator al", ERR_OK },
	{ "the TPM's Clock", "mark commit 9 5 1", ERR_OK },
	{ "and then a time without it", "mark commit 9 5 1; mark commit 12", ERR_OK },
	{ "and a stop without it", "mark commit 9 5 1; mark stop 12", ERR_OK },
	{ "the same, with a wall clock that goes back", "mark start 9; mark commit 5 7 1", ERR_OK },
	{ "and a wall clock that goes back", "mark start 9; mark commit 5 7 1; mark commit 6", ERR_OK },
	{ "and a clock set back", "mark commit 9 5 1; mark clock 3", ERR_OK },
	{ "with it", "mark commit 9 5 1; mark clock 3 4 1; mark commit 4", ERR_OK },
	{ "a wall clock that goes back is not remembered", "mark start 9; mark commit 5", ERR_OK },
	{ "what is no record of the state", "status", ERR_MALFORMED },
};

static enum err
add_to_state(void *self, const struct msg *m)
{
	return state_apply(self, m);
}

/* What a snapshot says makes the same state. */
static void
check_dump(const struct state *s)
{
	static struct records_image before, after;
	struct state *copy OWNED(state_drop) = NULL;

	assert_err(state_new(&copy), ERR_OK);
	assert_err(state_dump(s, add_to_state, copy), ERR_OK);
	records_image(s, &before);
	records_image(copy, &after);
	assert_int_equal(before.len, after.len);
	assert_memory_equal(before.at, after.at, before.len);
	assert_int_equal(s->noperators, copy->noperators);
	assert_int_equal(s->ndevices, copy->ndevices);
	assert_int_equal(s->nrules, copy->nrules);
	assert_int_equal(s->nkeys, copy->nkeys);
	assert_int_equal(s->nvolumes, copy->nvolumes);
	assert_int_equal(s->nfailures, copy->nfailures);
	assert_int_equal(s->nofficers, copy->nofficers);
	assert_int_equal(s->nspent, copy->nspent);
	assert_int_equal(s->nvms, copy->nvms);
	assert_memory_equal(s->vms, copy->vms, sizeof(s->vms));
	assert_memory_equal(&s->trusted, &copy->trusted, sizeof(s->trusted));
	assert_true(s->has_acts == copy->has_acts);
	assert_int_equal(s->seen.n, copy->seen.n);
	assert_true(s->has_appliance == copy->has_appliance);
	assert_true(s->wall == copy->wall && s->stopped == copy->stopped &&
	    s->sequence == copy->sequence);
	assert_true(s->tpm.has_clock == copy->tpm.has_clock &&
	    s->tpm.wall == copy->tpm.wall &&
	    s->tpm.clock == copy->tpm.clock &&
	    s->tpm.reset == copy->tpm.reset);
}

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct state *s OWNED(state_drop) = NULL;

	assert_err(state_new(&s), ERR_OK);
	assert_err(records_run(s, row->script), row->want);
	check_dump(s);
}

static void
test_secrets_lie_in_a_secret_alone(void **state)
{
	struct state *s OWNED(state_drop) = NULL;
	static const uint8_t phone[20] = "pppppppppppppppppppp";

	(void)state;
	assert_err(state_new(&s), ERR_OK);
	assert_err(records_run(s, "operator al; device al pp 30 6 5;"
	    "key k next 5 6; secret luks:root"), ERR_OK);
	assert_null(memmem(s, sizeof(*s), phone, sizeof(phone)));
	assert_null(memmem(s, sizeof(*s), "kkkkkkkk", 8));
	assert_null(memmem(s, sizeof(*s), "value", 5));
	assert_true(span_equal(secret_span(state_device(s, span_text("al"),
	    span_text("pp"))->secret), SPAN(phone)));
	assert_true(span_equal(secret_span(state_volume(s,
	    span_text("luks:root"))->value), span_text("value")));
}

static void
test_the_latest_time_and_a_stop_are_known(void **state)
{
	struct state *s OWNED(state_drop) = NULL;

	(void)state;
	assert_err(state_new(&s), ERR_OK);
	assert_err(records_run(s, "mark start 9; mark stop 5"), ERR_OK);
	assert_int_equal(s->wall, 9);
	assert_true(s->stopped);
	assert_err(records_run(s, "operator al"), ERR_OK);
	assert_false(s->stopped);
	/* Officers alone may say that it is earlier. */
	assert_err(records_run(s, "mark clock 4"), ERR_OK);
	assert_int_equal(s->wall, 4);
}

/* Each table takes as many rows as it has, and not one more. */
static const struct table {
	const char	*name;
	const char	*script;	/* %zu: the number of the row */
	size_t		 max;
} tables[] = {
	{ "operators", "operator o%zu", STATE_OPERATORS },
	{ "devices", "operator al; device al d%zu 30 6 1", STATE_DEVICES },
	{ "rules", "rule vm v%zu luks:*", STATE_RULES },
	{ "volumes", "secret luks:%zu", STATE_SECRETS },
	{ "spent acts", "spent a%zu 1 1", STATE_SPENT },
	{ "domains", "vm v%zu A%zu ceremony", STATE_VMS },
	{ "failures", "failures vm%zu al 1 8", STATE_FAILURES },
};

static void
test_table(void **state)
{
	const struct table *t = *state;
	struct state *s OWNED(state_drop) = NULL;
	char *w[RECORDS_WORDS], text[64], *command, *next;
	struct msg m;

	assert_err(state_new(&s), ERR_OK);
	for (size_t i = 0; i <= t->max; i++) {
		snprintf(text, sizeof(text), "%s", t->script);
		command = strchr(text, ';');
		if (command != NULL && i == 0)
			assert_err(records_run(s, "operator al"), ERR_OK);
		command = command == NULL ? text : command + 2;
		memset(w, 0, sizeof(w));
		next = NULL;
		for (size_t n = 0; n < RECORDS_WORDS; n++)
			w[n] = strtok_r(n == 0 ? command : NULL, " ", &next);
		for (size_t n = 0; n < RECORDS_WORDS && w[n] != NULL; n++) {
			static char filled[32];
			char *hole = strstr(w[n], "%zu");

			if (hole == NULL)
				continue;
			snprintf(filled, sizeof(filled), "%.*s%zu",
			    (int)(hole - w[n]), w[n], i);
			w[n] = filled;
		}
		records_make(s, w, &m);
		assert_err(state_apply(s, &m), i < t->max ? ERR_OK :
		    ERR_LIMIT);
	}
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + ROWS(tables) + 2];
	size_t n = 0;

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[n++] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	for (size_t i = 0; i < ROWS(tables); i++)
		tests[n++] = ROW_TEST(tables[i].name, test_table, &tables[i]);
	tests[n++] = (struct CMUnitTest)
	    cmocka_unit_test(test_the_latest_time_and_a_stop_are_known);
	tests[n++] = (struct CMUnitTest)
	    cmocka_unit_test(test_secrets_lie_in_a_secret_alone);
	return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
