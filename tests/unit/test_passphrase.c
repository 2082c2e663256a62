/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "terminal/terminal.h"

/* What comes through a descriptor: so many letters and then this text; and
 * how much of it is the passphrase. */
static const struct row {
	const char	*name;
	size_t		 letters;
	const char	*text;
	enum err	 want;
	size_t		 len;
} rows[] = {
	{ "one byte", 1, "", ERR_OK, 1 },
	{ "its newline is not part of it", 8, "\n", ERR_OK, 8 },
	{ "blanks are", 1, " and \r\n", ERR_OK, 7 },
	{ "512 bytes", 512, "\n", ERR_OK, 512 },
	{ "513 bytes", 513, "\n", ERR_MALFORMED, 0 },
	{ "an empty line", 0, "\n", ERR_MALFORMED, 0 },
	{ "nothing", 0, "", ERR_NOT_FOUND, 0 },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct secret *got OWNED(secret_drop) = NULL;
	char text[600];
	const size_t len = row->letters + strlen(row->text);
	int pipes[2];

	memset(text, 'a', row->letters);
	memcpy(text + row->letters, row->text, strlen(row->text));
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	assert_int_equal(write(pipes[1], text, len), len);
	close(pipes[1]);
	assert_err(terminal_passphrase_from(pipes[0], &got), row->want);
	close(pipes[0]);
	if (row->want != ERR_OK)
		return;
	assert_int_equal(secret_len(got), row->len);
	assert_memory_equal(secret_span(got).at, text, row->len);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows)];

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("passphrase", tests, NULL, NULL);
}
