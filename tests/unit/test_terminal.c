/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/seat.h"
#include "terminal/terminal.h"

#define QUESTION "Code: "
#define WAITING "Wait"

static enum err
ask(struct terminal *t, int said)
{
	struct secret *code OWNED(secret_drop) = NULL;

	TRY(terminal_code(t, QUESTION, &code));
	(void)!write(said, secret_expose(code), secret_len(code));
	return ERR_OK;
}

/* It does not end before the clock does, which stands still. */
static enum err
count_down(struct terminal *t, int said)
{
	(void)said;
	return terminal_wait(t, WAITING, 30);
}

/* Who plays, and how it ends. */
struct role {
	enum err	(*act)(struct terminal *t, int said);
};

static int
play(void *self, int said)
{
	const struct role *role = self;
	struct terminal t OWNED(terminal_drop) = { .fd = -1 };
	enum err e;

	if (terminal_open("/dev/tty", &t) != ERR_OK)
		return 101;
	e = role->act(&t, said);
	terminal_finish();
	return (int)e;
}

static void
take(struct seat *s, enum err (*act)(struct terminal *, int))
{
	struct role role = { act };

	seat_take(s, play, &role);
}

/* What is typed, and the code that is taken from it. */
static const struct typed {
	const char	*name;
	const char	*text;
	const char	*code;		/* NULL: the end of input */
	int		 scolds;
} typed[] = {
	{ "six digits", "123456\n", "123456", 0 },
	{ "eight digits", "12345678\n", "12345678", 0 },
	{ "as the phone shows it", " 123 456 \n", "123456", 0 },
	{ "a slip of a finger", "12345\x7f\x7f" "456\n", "123456", 0 },
	{ "nothing, then a code", "\n123456\n", "123456", 1 },
	{ "seven digits, then a code", "1234567\n123456\n", "123456", 1 },
	{ "nine digits, then a code", "123456789\n123456\n", "123456", 1 },
	{ "letters, then a code", "hunter\n123456\n", "123456", 1 },
	{ "a line without end, then a code",
	    "1234561234561234561234561234561234561234561234561234561234561234"
	    "123456\n654321\n", "654321", 1 },
	{ "the end of input", "\x04", NULL, 0 },
	{ "the end in the middle", "123\x04\x04", NULL, 0 },
};

static void
test_typed(void **state)
{
	const struct typed *row = *state;
	char got[16] = "";
	struct seat s;

	take(&s, ask);
	seat_sees(&s, QUESTION);
	assert_false(seat_echoes(&s));
	seat_types(&s, row->text);
	assert_int_equal(seat_ends(&s), row->code != NULL ? ERR_OK :
	    ERR_NOT_FOUND);
	assert_as_before(&s);
	if (row->code != NULL) {
		assert_int_equal(read(s.said, got, sizeof(got)),
		    strlen(row->code));
		assert_string_equal(got, row->code);
	}
	seat_sees_all(&s);
	assert_int_equal(strstr(s.shown, "6 or 8") != NULL, row->scolds);
	assert_null(strstr(s.shown, "123"));
	seat_leave(&s);
}

/* Each way to be ended, while a code is asked for and while time passes. */
static const struct ended {
	const char	*name;
	const char	*key;		/* typed, or else ... */
	int		 sig;		/* ... sent; what it dies of */
} ended[] = {
	{ "^C", "12\x03", SIGINT },
	{ "^\\", "12\x1c", SIGQUIT },
	{ "SIGINT", NULL, SIGINT },
	{ "SIGTERM", NULL, SIGTERM },
	{ "SIGHUP", NULL, SIGHUP },
};

static void
end_it(const struct ended *row, enum err (*act)(struct terminal *, int),
    const char *text)
{
	struct seat s;

	take(&s, act);
	seat_sees(&s, text);
	assert_false(seat_echoes(&s));
	if (row->key != NULL)
		seat_types(&s, row->key);
	else
		kill(s.pid, row->sig);
	assert_int_equal(seat_ends(&s), 128 + row->sig);
	assert_as_before(&s);
	seat_leave(&s);
}

static void
test_ended(void **state)
{
	end_it(*state, ask, QUESTION);
	end_it(*state, count_down, WAITING " 30 s");
}

/* Both pauses: by ^Z the terminal is handed back; SIGSTOP cannot be caught,
 * but the modes after it are still those of before the first question. */
static void
pause_it(const char *key, int sig, enum err (*act)(struct terminal *, int),
    const char *text)
{
	struct seat s;

	take(&s, act);
	seat_sees(&s, text);
	if (key != NULL)
		seat_types(&s, key);
	else
		kill(s.pid, sig);
	seat_stops(&s);
	if (key != NULL)
		assert_as_before(&s);
	seat_forget(&s);
	seat_goes_on(&s);
	seat_sees(&s, text);
	assert_false(seat_echoes(&s));
	seat_types(&s, "\x03");
	assert_int_equal(seat_ends(&s), 128 + SIGINT);
	assert_as_before(&s);
	seat_leave(&s);
}

static void
test_a_pause_hands_back_the_terminal(void **state)
{
	(void)state;
	pause_it("12\x1a", 0, ask, QUESTION);
	pause_it("\x1a", 0, count_down, WAITING " 30 s");
}

static void
test_a_stop_is_survived(void **state)
{
	(void)state;
	pause_it(NULL, SIGSTOP, ask, QUESTION);
	pause_it(NULL, SIGSTOP, count_down, WAITING " 30 s");
}

static void
test_time_passes(void **state)
{
	struct moment *now = *state;
	struct seat s;

	take(&s, count_down);
	seat_sees(&s, WAITING " 30 s");
	now->boot_ms += 28001;
	seat_sees(&s, WAITING " 2 s");
	now->boot_ms += 2000;
	assert_int_equal(seat_ends(&s), 0);
	assert_as_before(&s);
	seat_leave(&s);
}

static enum err
count_down_ignoring(struct terminal *t, int said)
{
	signal(SIGINT, SIG_IGN);
	return count_down(t, said);
}

/* As nohup and a script's & want it. */
static void
test_an_ignored_signal_stays_ignored(void **state)
{
	struct moment *now = *state;
	struct seat s;

	take(&s, count_down_ignoring);
	seat_sees(&s, WAITING " 30 s");
	seat_types(&s, "\x03");
	now->boot_ms += 30000;
	assert_int_equal(seat_ends(&s), 0);
	assert_as_before(&s);
	seat_leave(&s);
}

static void
test_no_terminal(void **state)
{
	struct terminal t = { .fd = -1 };

	(void)state;
	assert_err(terminal_open("/dev/null", &t), ERR_NOT_FOUND);
	assert_err(terminal_open("/nonexistent", &t), ERR_NOT_FOUND);
	assert_int_equal(t.fd, -1);
}

/* What comes through a descriptor, and what is left there. */
static const struct given {
	const char	*name;
	const char	*text;
	enum err	 want;
	const char	*code;
	const char	*left;
} given[] = {
	{ "a line", "123456\nnext", ERR_OK, "123456", "next" },
	{ "no newline", "12345678", ERR_OK, "12345678", "" },
	{ "nothing", "", ERR_NOT_FOUND, "", "" },
	{ "an empty line", "\nnext", ERR_MALFORMED, "", "next" },
	{ "seven digits", "1234567\n", ERR_MALFORMED, "", "" },
	{ "a control byte", "12345\x01\n", ERR_MALFORMED, "", "" },
	{ "a letter", "12345a\n", ERR_MALFORMED, "", "" },
	{ "64 characters", "                                        "
	    "                  123456", ERR_MALFORMED, "", "" },
};

static void
test_given(void **state)
{
	struct secret *code OWNED(secret_drop) = NULL;
	const struct given *row = *state;
	char left[8] = "";
	int pipes[2];

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	assert_int_equal(write(pipes[1], row->text, strlen(row->text)),
	    strlen(row->text));
	close(pipes[1]);
	assert_err(terminal_code_from(pipes[0], &code), row->want);
	if (row->want == ERR_OK)
		assert_true(span_equal(secret_span(code),
		    span_text(row->code)));
	assert_int_equal(read(pipes[0], left, sizeof(left)),
	    strlen(row->left));
	assert_string_equal(left, row->left);
	close(pipes[0]);
}

/* A clock that the test moves. */
static struct moment *
own_clock(void)
{
	int fd = memfd_create("clock", 0);
	char number[16];
	void *at;

	assert_int_equal(ftruncate(fd, 4096), 0);
	at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(at, MAP_FAILED);
	snprintf(number, sizeof(number), "%d", fd);
	setenv("ANCHORHOLD_TEST_CLOCK", number, 1);
	assert_err(clock_start(), ERR_OK);
	return at;
}

#define FIXED 5

int
main(void)
{
	struct moment *now = own_clock();
	struct CMUnitTest tests[FIXED + ROWS(typed) + ROWS(ended) +
	    ROWS(given)] = {
		cmocka_unit_test(test_a_pause_hands_back_the_terminal),
		cmocka_unit_test(test_a_stop_is_survived),
		cmocka_unit_test(test_no_terminal),
		ROW_TEST("time passes", test_time_passes, now),
		ROW_TEST("an ignored signal stays ignored",
		    test_an_ignored_signal_stays_ignored, now),
	};
	struct CMUnitTest *next = tests + FIXED;

	for (size_t i = 0; i < ROWS(typed); i++)
		*next++ = ROW_TEST(typed[i].name, test_typed, &typed[i]);
	for (size_t i = 0; i < ROWS(ended); i++)
		*next++ = ROW_TEST(ended[i].name, test_ended, &ended[i]);
	for (size_t i = 0; i < ROWS(given); i++)
		*next++ = ROW_TEST(given[i].name, test_given, &given[i]);
	alarm(SEAT_PATIENCE);
	return cmocka_run_group_tests_name("terminal", tests, NULL, NULL);
}
