/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "attest/event_diff.h"
#include "tests/events.h"

/* A log as text: each letter is an event of PCR 8, behind a digit of that
 * PCR; ! is one that is only told. */
static const struct row {
	const char	*name, *was, *now;
	const char	*differs;	/* a>b changed, a- gone, +b new */
} rows[] = {
	{ "the same", "abc", "abc", "" },
	{ "nothing at all", "", "", "" },
	{ "one changed", "abc", "axc", "b>x " },
	{ "the first changed", "abc", "xbc", "a>x " },
	{ "the last changed", "abc", "abx", "c>x " },
	{ "all changed", "abc", "xyz", "a>x b>y c>z " },
	{ "one gone", "abc", "ac", "b- " },
	{ "the last gone", "abc", "ab", "c- " },
	{ "all gone", "ab", "", "a- b- " },
	{ "one new", "ac", "abc", "+b " },
	{ "the first new", "b", "ab", "+a " },
	{ "all new", "", "ab", "+a +b " },
	{ "one for two", "abd", "axyd", "b>x +y " },
	{ "two for one", "axyd", "abd", "x>b y- " },
	{ "many new", "ab", "aklmnopqrstb",
	    "+k +l +m +n +o +p +q +r +s +t " },
	{ "two places", "abcdef", "axcdyf", "b>x e>y " },
	{ "one more of the same", "aab", "aaab", "+a " },
	{ "the last once more", "ab", "abb", "+b " },
	{ "the last once less", "abb", "ab", "b- " },
	{ "swapped", "ab", "ba", "+b b- " },
	{ "what is only told", "a!bc", "ac", "" },
	{ "another PCR", "5a8b", "5x8b", "a>x " },
	{ "lower PCRs first", "8a5b", "8x5y", "b>y a>x " },
	{ "a PCR that is not asked for", "2a8b", "2x8b", "" },
};

static void
write_log(struct events *l, const char *text)
{
	static const uint16_t banks[] = { BANK_SHA1, BANK_SHA256 };
	uint32_t pcr = 8;

	events_begin(l, banks, ROWS(banks));
	for (; *text != '\0'; text++) {
		const struct span data = { (const uint8_t *)text, 1 };

		if (*text >= '0' && *text <= '9')
			pcr = (uint32_t)(*text - '0');
		else if (*text == '!')
			events_tell(l, pcr, *++text ? (struct span){
			    (const uint8_t *)text, 1 } : data);
		else
			events_add(l, pcr, EV_IPL, data);
	}
}

static void
note(void *self, const struct event_difference *d)
{
	char *out = (char *)self + strlen(self);

	switch (d->change) {
	case EVENT_CHANGED:
		(void)!snprintf(out, 8, "%c>%c ", d->was->data.at[0],
		    d->now->data.at[0]);
		break;
	case EVENT_GONE:
		assert_null(d->now);
		(void)!snprintf(out, 8, "%c- ", d->was->data.at[0]);
		break;
	case EVENT_NEW:
		assert_null(d->was);
		(void)!snprintf(out, 8, "+%c ", d->now->data.at[0]);
		break;
	}
}

static void
diff(const char *was, const char *now, char *out)
{
	static struct events a, b;
	struct eventlog_flaw flaw;
	struct eventlog x, y;

	write_log(&a, was);
	write_log(&b, now);
	assert_err(eventlog_open(events_span(&a), &x, &flaw), ERR_OK);
	assert_err(eventlog_open(events_span(&b), &y, &flaw), ERR_OK);
	assert_err(eventlog_diff(&x, &y, BANK_SHA256, 1 << 5 | 1 << 8, note,
	    out), ERR_OK);
	assert_err(eventlog_diff(&x, &y, BANK_SHA384, 1, note, out),
	    ERR_NOT_FOUND);
}

static void
test_row(void **state)
{
	const struct row *row = *state;
	char out[256] = "";

	diff(row->was, row->now, out);
	assert_string_equal(out, row->differs);
}

/* Forty other events in between are told one by one, and the rest with
 * them. */
static void
test_what_is_too_far(void **state)
{
	char was[64] = "a", now[64] = "a", out[1024] = "";

	(void)state;
	memset(was + 1, 'b', 40);
	memset(now + 1, 'c', 40);
	strncat(was, "d", 2);
	strncat(now, "d", 2);
	diff(was, now, out);
	assert_int_equal(strlen(out), 40 * strlen("b>c "));
}

/* As far as is looked: 32 that are new, or gone, but not one more. */
static void
test_what_is_just_near_enough(void **state)
{
	char few[] = "ad", many[64] = "a", out[1024] = "";

	(void)state;
	memset(many + 1, 'c', 32);
	strncat(many, "d", 2);
	diff(few, many, out);
	assert_int_equal(strlen(out), 32 * strlen("+c "));
	assert_null(strchr(out, 'd'));
	out[0] = '\0';
	diff(many, few, out);
	assert_int_equal(strlen(out), 32 * strlen("c- "));
	assert_null(strchr(out, 'd'));
	memset(many + 1, 'c', 33);
	strncat(many, "d", 2);
	out[0] = '\0';
	diff(few, many, out);
	assert_non_null(strstr(out, "d>c "));
}

#define OTHERS 2

int
main(void)
{
	struct CMUnitTest tests[OTHERS + ROWS(rows)] = {
		cmocka_unit_test(test_what_is_too_far),
		cmocka_unit_test(test_what_is_just_near_enough),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[OTHERS + i] = ROW_TEST(rows[i].name, test_row,
		    &rows[i]);
	return cmocka_run_group_tests_name("event_diff", tests, NULL, NULL);
}
